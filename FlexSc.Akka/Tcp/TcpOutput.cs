using System.Buffers;
using Akka.Actor;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <summary>
/// Direct output of a connection: bytes are written into the memory they are sent from. Used by the connection's handler alone.
/// On the connection's loop, where a handler on <c>flexsc.dispatcher</c> runs, nothing is allocated or copied; elsewhere it works
/// too, by a rented array and a copy. Nothing leaves before <see cref="Flush"/>. What is written after our direction of the
/// connection has ended is dropped.
/// </summary>
public sealed class TcpOutput : IBufferWriter<byte>
{
    private const int LeastDroppedBytes = 256;

    private readonly TcpConnection _connection;
    private readonly TcpSender _sender;
    private ForeignOutput? _foreign;
    private byte[] _dropped = [];

    internal TcpOutput(TcpConnection connection)
    {
        _connection = connection;
        _sender = connection.Sender;
    }

    /// <summary>Bytes handed over, by this output and by writes, that the kernel has not taken yet.</summary>
    public long UnsentBytes => _sender.UnsentBytes + (_foreign?.Length ?? 0);

    /// <summary>
    /// Bytes handed over that the peer's system has not acknowledged: <see cref="UnsentBytes"/> and what the kernel holds, which may be
    /// megabytes. What a send under way has left in the kernel so far counts twice. Off the connection's loop it is
    /// <see cref="UnsentBytes"/>, as after the connection's end.
    /// </summary>
    public long UntakenBytes => UnsentBytes + (_connection.MayAskSocket ? SocketQueues.QueuedBytes(_connection.Socket) : 0);

    /// <summary>
    /// Bytes that the peer's system has acknowledged since the connection began: that it grows is what tells a slow peer from one that
    /// takes nothing, while a send that ended tells of this system's memory only. 0 off the connection's loop, where the first
    /// messages of a handler may be handled, and after the connection's end.
    /// </summary>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">The connection is not TCP's.</exception>
    public long TakenBytes => _connection.MayAskSocket ? SocketQueues.AcknowledgedBytes(_connection.Socket) : 0;

    /// <summary>Counts bytes written into the room that was asked for last. What was not written there is sent as zeros.</summary>
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
            ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Math.Max(_sender.GrantedBytes, _dropped.Length));
            if (_sender.TakesOutput)
            {
                _sender.Advance(count);
            }
        }
    }

    /// <summary>
    /// Room for at least <paramref name="sizeHint"/> bytes, and at least one. It ends with the handler's turn: later it refuses with an
    /// <see cref="ObjectDisposedException"/>, or is of no effect. <see cref="GetSpan"/> allocates less.
    /// </summary>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        return IsForeign ? Foreign().GetMemory(sizeHint) : _sender.TakesOutput ? _sender.GrantMemory(sizeHint) : Dropped(sizeHint);
    }

    /// <summary>Room for at least <paramref name="sizeHint"/> bytes, and at least one.</summary>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sizeHint);
        return IsForeign ? Foreign().GetSpan(sizeHint) : _sender.TakesOutput ? _sender.GrantSpan(sizeHint) : Dropped(sizeHint);
    }

    /// <summary>Hands over what was written: on the loop it leaves with the turn's batch.</summary>
    public void Flush()
    {
        if (_foreign is not null)
        {
            ForeignOutput output = _foreign;
            _foreign = null;
            _sender.CountForeign(output);
            _connection.Tell(output, ActorRefs.NoSender);
        }
        else if (!_connection.IsHere)
        {
            // What was written on a loop that the connection has left, or the handler.
            if (_sender.UnsentBytes > 0)
            {
                _connection.Tell(new ForeignOutput(), ActorRefs.NoSender);
            }
        }
        else if (_sender.TakesOutput)
        {
            _sender.RequestFlush();
        }
    }

    /// <summary>
    /// Sends the handler one <see cref="OutputDrained"/> as soon as no more than so many bytes are unsent, which may be at once. A
    /// later call replaces an earlier one.
    /// </summary>
    public void NotifyWhenUnsentAtMost(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (_connection.ActsAtOnce)
        {
            _sender.NotifyWhenUnsentAtMost(bytes);
        }
        else
        {
            _connection.Tell(new DrainRequest(bytes), ActorRefs.NoSender);
        }
    }

    // Once bytes were written elsewhere, those of the same handover stay together; and what was told before, and not yet acted on, goes first.
    private bool IsForeign => _foreign is not null || !_connection.ActsAtOnce;

    private ForeignOutput Foreign() => _foreign ??= new ForeignOutput();

    /// <summary>Room whose bytes go nowhere.</summary>
    private byte[] Dropped(int sizeHint)
    {
        if (_dropped.Length < Math.Max(1, sizeHint))
        {
            _dropped = new byte[Math.Max(LeastDroppedBytes, sizeHint)];
        }

        return _dropped;
    }
}
