using System.Buffers;
using System.Threading.Tasks.Sources;

namespace FlexSc.Akka.IO;

/// <summary>
/// The stream below an <see cref="System.Net.Security.SslStream"/>: reads take from records that were received, writes go into a send
/// block, or are kept until there is one. A read that finds nothing waits, and goes on inside <see cref="Resume"/>, on the thread that
/// calls it; a write never waits. One thread at a time.
/// </summary>
internal sealed unsafe class TlsTransport : Stream, IValueTaskSource<int>
{
    private const int FirstOutputBytes = 4096;

    // Not asynchronously: what follows belongs to whoever resumes.
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _destination;
    private byte* _source;
    private int _recordLeftBytes;
    private byte[] _output = [];
    private int _outputBytes;
    private Exception? _failure;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>A read waits for bytes.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Bytes supplied and not read.</summary>
    public int SuppliedBytes { get; private set; }

    /// <summary>Where writes go, as far as it has room.</summary>
    public SendBlock? Block { get; set; }

    /// <summary>What was written where there was no block, or no room in it; to be sent before anything that is written later.</summary>
    public ReadOnlySpan<byte> Output => _output.AsSpan(0, _outputBytes);

    /// <summary>Names complete records, which stay there until they are read or others are supplied.</summary>
    public void Supply(byte* records, int bytes)
    {
        _source = records;
        SuppliedBytes = bytes;
        _recordLeftBytes = 0;
    }

    /// <summary>Ends a read that waits, if bytes are supplied; what follows it runs before this returns.</summary>
    public void Resume()
    {
        if (IsReading && SuppliedBytes > 0)
        {
            IsReading = false;
            int taken = Take(_destination);
            _destination = default;
            _read.SetResult(taken);
        }
    }

    /// <summary>Ends a read that waits, and all later ones, by an error.</summary>
    public void Fail(Exception exception)
    {
        _failure = exception;
        if (IsReading)
        {
            IsReading = false;
            _destination = default;
            _read.SetException(exception);
        }
    }

    /// <summary>What was kept is on its way.</summary>
    public void ClearOutput()
    {
        _outputBytes = 0;
        if (_output.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_output);
            _output = [];
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is not null)
        {
            return ValueTask.FromException<int>(_failure);
        }

        if (SuppliedBytes > 0)
        {
            return new ValueTask<int>(Take(buffer));
        }

        _read.Reset();
        _destination = buffer;
        IsReading = true;
        return new ValueTask<int>(this, _read.Version);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("a loop does not wait: read asynchronously");

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Block is { } block)
        {
            buffer = buffer[block.Append(buffer)..];
        }

        if (!buffer.IsEmpty)
        {
            Keep(buffer);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    /// <summary>
    /// Takes from one record at a time: a reader that has all of a record then holds nothing back that it would give without another
    /// read, and leaves what follows a handshake where it is.
    /// </summary>
    private int Take(Memory<byte> destination)
    {
        if (_recordLeftBytes == 0)
        {
            _recordLeftBytes = TlsRecords.LengthOfFirst(new ReadOnlySpan<byte>(_source, SuppliedBytes));
        }

        int taken = Math.Min(destination.Length, _recordLeftBytes);
        new ReadOnlySpan<byte>(_source, taken).CopyTo(destination.Span);
        _source += taken;
        SuppliedBytes -= taken;
        _recordLeftBytes -= taken;
        return taken;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_outputBytes + bytes.Length > _output.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstOutputBytes, _outputBytes + bytes.Length));
            Output.CopyTo(larger);
            int kept = _outputBytes;
            ClearOutput();
            _output = larger;
            _outputBytes = kept;
        }

        bytes.CopyTo(_output.AsSpan(_outputBytes));
        _outputBytes += bytes.Length;
    }
}
