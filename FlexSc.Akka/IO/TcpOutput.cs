using System.Buffers;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>
/// Direct output of a connection: bytes are written into the memory they are sent from. Used by the connection's handler alone.
/// On the connection's loop, where a handler on <c>flexsc.dispatcher</c> runs, nothing is allocated or copied; elsewhere it works
/// too, by a rented array and a copy. Nothing leaves before <see cref="Flush"/>.
/// </summary>
public sealed class TcpOutput : IBufferWriter<byte>
{
    private readonly TcpConnection _connection;
    private ForeignOutput? _foreign;

    internal TcpOutput(TcpConnection connection) => _connection = connection;

    /// <summary>Bytes handed over, by this output and by writes, that the kernel has not taken yet.</summary>
    public long UnsentBytes => _connection.UnsentBytes + (_foreign?.Length ?? 0);

    /// <summary>
    /// Bytes handed over that the peer's system has not acknowledged: <see cref="UnsentBytes"/> and what the kernel holds, which may be
    /// megabytes. What a send under way has left in the kernel so far counts twice. Off the connection's loop it is
    /// <see cref="UnsentBytes"/>, as after the connection's end.
    /// </summary>
    public long UntakenBytes => _connection.UntakenBytes + (_foreign?.Length ?? 0);

    /// <summary>
    /// Bytes that the peer's system has acknowledged since the connection began: that it grows is what tells a slow peer from one that
    /// takes nothing, while a send that ended tells of this system's memory only. 0 off the connection's loop, where the first
    /// messages of a handler may be handled, and after the connection's end.
    /// </summary>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">The connection is not TCP's.</exception>
    public long TakenBytes => _connection.TakenBytes;

    /// <summary>Counts bytes written into the room that was asked for last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than that room, or negative.</exception>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (_foreign is not null)
        {
            _foreign.Advance(count);
        }
        else if (count > 0)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _connection.Reserve(0).RoomBytes);
            _connection.Advance(count);
        }
    }

    /// <summary>Not offered: the memory is native. Use <see cref="GetSpan"/>.</summary>
    /// <exception cref="NotSupportedException">Always, on the connection's loop.</exception>
    public Memory<byte> GetMemory(int sizeHint = 0) => IsForeign
        ? Foreign().GetMemory(sizeHint)
        : throw new NotSupportedException("the output of a connection is native memory: write to GetSpan");

    /// <summary>Room for at least <paramref name="sizeHint"/> bytes, and at least one.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        return IsForeign ? Foreign().GetSpan(sizeHint) : _connection.Reserve(sizeHint).Room;
    }

    /// <summary>Hands over what was written: on the loop it leaves with the turn's batch.</summary>
    public void Flush()
    {
        if (_foreign is not null)
        {
            ForeignOutput output = _foreign;
            _foreign = null;
            _connection.Submit(output);
        }
        else if (_connection.ActorLoop.IsCurrent)
        {
            _connection.RequestFlush();
        }
    }

    /// <summary>
    /// Sends the handler one <see cref="OutputDrained"/> as soon as no more than so many bytes are unsent, which may be at once. A
    /// later call replaces an earlier one.
    /// </summary>
    public void NotifyWhenUnsentAtMost(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (_connection.ActorLoop.IsCurrent)
        {
            _connection.NotifyWhenUnsentAtMost(bytes);
        }
        else
        {
            _connection.Tell(new DrainRequest(bytes), ActorRefs.NoSender);
        }
    }

    // Once bytes were written elsewhere, those of the same handover stay together.
    private bool IsForeign => _foreign is not null || !_connection.ActorLoop.IsCurrent;

    private ForeignOutput Foreign() => _foreign ??= new ForeignOutput();
}

/// <summary>Output that another thread than the loop's wrote.</summary>
internal sealed class ForeignOutput : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private const int FirstBytes = 4096;
    private byte[] _bytes = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint)
    {
        MakeRoom(sizeHint);
        return _bytes.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint)
    {
        MakeRoom(sizeHint);
        return _bytes.AsSpan(Length);
    }

    public void Free()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = [];
        }
    }

    private void MakeRoom(int sizeHint)
    {
        int needed = Length + Math.Max(1, sizeHint);
        if (needed <= _bytes.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstBytes, _bytes.Length * 2)));
        Bytes.CopyTo(larger);
        int length = Length;
        Free();
        _bytes = larger;
        Length = length;
    }
}

/// <summary><see cref="TcpOutput.NotifyWhenUnsentAtMost"/> from another thread than the loop's.</summary>
internal sealed record DrainRequest(long Bytes) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
