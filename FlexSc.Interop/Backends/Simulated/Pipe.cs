using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>One end of a pipe, see pipe(7).</summary>
internal sealed class PipeEnd : OpenDescription
{
    /// <summary>PIPE_BUF: a write of no more is whole or waits.</summary>
    private const int AtomicBytes = 4_096;

    private readonly ByteRing _bytes;
    private readonly bool _reads;
    private PipeEnd _other = null!;
    private bool _isClosed;
    private bool _wantsRoom;

    private PipeEnd(SimulatedKernel kernel, SimulatedProcess owner, ByteRing bytes, bool reads) : base(kernel, owner)
    {
        _bytes = bytes;
        _reads = reads;
    }

    public override uint Events => _reads
        ? (_bytes.Count > 0 ? In : 0) | (_other._isClosed ? HangUp : 0)
        : (_bytes.Room >= AtomicBytes ? Out : 0) | (_other._isClosed ? Error : 0);

    public static (PipeEnd ReadEnd, PipeEnd WriteEnd) Make(SimulatedKernel kernel, SimulatedProcess owner)
    {
        ByteRing bytes = new(Math.Max(AtomicBytes, kernel.Profile.PipeBytes));
        PipeEnd readEnd = new(kernel, owner, bytes, reads: true);
        PipeEnd writeEnd = new(kernel, owner, bytes, reads: false);
        (readEnd._other, writeEnd._other) = (writeEnd, readEnd);
        return (readEnd, writeEnd);
    }

    public override long Read(Span<byte> destination)
    {
        if (!_reads)
        {
            return -Errno.BadDescriptor;
        }

        if (destination.IsEmpty)
        {
            return 0;
        }

        if (_bytes.Count == 0)
        {
            return _other._isClosed ? 0 : -Errno.Again;
        }

        if (IsLate())
        {
            return -Errno.Again;
        }

        int bytes = Math.Min(destination.Length, _bytes.Count);
        _bytes.Peek(destination[..bytes]);
        _bytes.Drop(bytes);
        if (_other._wantsRoom && _bytes.Room >= AtomicBytes)
        {
            _other._wantsRoom = false;
            _other.Notify();
        }

        return bytes;
    }

    public override long Write(ReadOnlySpan<byte> source)
    {
        if (_reads)
        {
            return -Errno.BadDescriptor;
        }

        if (_other._isClosed)
        {
            return -RareErrno.BrokenPipe;
        }

        if (source.IsEmpty)
        {
            return 0;
        }

        int bytes = Math.Min(source.Length, _bytes.Room);
        if (bytes == 0 || (bytes < source.Length && source.Length <= AtomicBytes) || IsLate())
        {
            _wantsRoom = true;
            return -Errno.Again;
        }

        if (source.Length > AtomicBytes && bytes > 1 && Kernel.Random.Chance(Kernel.Profile.ShortWritePerMillion))
        {
            bytes = (int)Kernel.Random.Between(1, bytes);
        }

        _bytes.Add(source[..bytes]);
        _wantsRoom |= bytes < source.Length;
        _other.Notify();
        return bytes;
    }

    protected override void OnClosed()
    {
        _isClosed = true;
        _other.Notify();
    }
}

/// <summary>A counter of events, see eventfd(2).</summary>
internal sealed class EventCounter(SimulatedKernel kernel, SimulatedProcess owner, ulong count, bool isSemaphore) : OpenDescription(kernel, owner)
{
    private const ulong Most = ulong.MaxValue - 1;

    private ulong _count = count;

    public override uint Events => (_count > 0 ? In : 0) | (_count < Most ? Out : 0);

    public override long Read(Span<byte> destination)
    {
        if (destination.Length < sizeof(ulong))
        {
            return -Errno.Invalid;
        }

        if (_count == 0 || IsLate())
        {
            return -Errno.Again;
        }

        BitConverter.TryWriteBytes(destination, isSemaphore ? 1 : _count);
        _count = isSemaphore ? _count - 1 : 0;
        Notify();
        return sizeof(ulong);
    }

    public override long Write(ReadOnlySpan<byte> source)
    {
        if (source.Length < sizeof(ulong))
        {
            return -Errno.Invalid;
        }

        ulong added = BitConverter.ToUInt64(source);
        if (added == ulong.MaxValue)
        {
            return -Errno.Invalid;
        }

        if (_count > Most - added)
        {
            return -Errno.Again;
        }

        _count += added;
        Notify();
        return sizeof(ulong);
    }
}
