using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>
/// Sends what another thread than the loop's tells a connection on that thread, while the loop has nothing to send: it need not be
/// woken then. What the socket does not take at once, and every failure, goes to the loop.
/// </summary>
internal sealed class DirectWrites
{
    private readonly TcpConnection _connection;
    private readonly OutputOwnership<MachineOwnership> _ownership;
    private readonly WriteBursts _bursts = new(TimeProvider.System);
    private HandedOver? _handedOver;
    private bool _isShared;

    public DirectWrites(TcpConnection connection, ConnectionCommands commands)
    {
        _connection = connection;
        _ownership = new OutputOwnership<MachineOwnership>(
            new MachineOwnership(commands),
            () =>
            {
                if (!connection.TryScheduleOwn())
                {
                    connection.OnNotRun();
                }
            });
    }

    /// <summary>Whether other threads may send what they tell a connection.</summary>
    public static bool AreAllowed(TcpConnection connection) =>
        connection.Settings.DirectWrites && connection.Loop.HasThread && connection.Tls is null;

    /// <summary>Sends it, if that is all there is to do. From any thread but the loop's.</summary>
    /// <returns>False when it is to be told the loop.</returns>
    public bool TrySend(object message, IActorRef sender)
    {
        if (message is Tcp.Write write)
        {
            if (!Fits(write.Data.Count) || !TryEnter())
            {
                return false;
            }

            Send(write, sender);
            return true;
        }

        if (message is ForeignOutput output && Fits(output.Length) && TryEnter())
        {
            Send(output);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Takes the output for the loop, and what a teller left over. On the loop's thread, before it acts on a command or sends, and
    /// before it closes.
    /// </summary>
    /// <returns>False when a teller is sending; the connection runs again when it has sent.</returns>
    public bool TryTake()
    {
        if (!_ownership.TryTake(out bool handedOver))
        {
            return false;
        }

        if (handedOver && _handedOver is { } left)
        {
            _handedOver = null;
            TakeOver(left);
        }

        return true;
    }

    /// <summary>Other threads tell this connection what it sends. On the loop's thread.</summary>
    public void OnToldByOthers() => _isShared = true;

    /// <summary>The loop itself has something to send, so it keeps the output: it is spared taking it each time.</summary>
    public void OnToldByLoop() => _isShared = false;

    /// <summary>The loop has nothing to send and is done with what it was told. On the loop's thread.</summary>
    public void OnIdle()
    {
        if (_isShared && _ownership.IsTaken && _connection is { Phase: ConnectionPhase.Open, IsHalted: false })
        {
            _ownership.Release();
        }
    }

    /// <summary>
    /// Waits until no thread uses the descriptor any more: its call does not wait, so that is soon. On the loop's thread, once it takes
    /// no calls any more.
    /// </summary>
    public void AwaitTeller()
    {
        SpinWait spin = default;
        while (!TryTake() && _ownership.IsDescriptorInUse)
        {
            spin.SpinOnce();
        }
    }

    private bool TryEnter()
    {
        if (_bursts.TakesGathered() || !_ownership.TryEnter())
        {
            return false;
        }

        if (_bursts.IsSingle(_connection.Receiver.ToldReceptions))
        {
            return true;
        }

        _ownership.Leave();
        return false;
    }

    private bool Fits(int bytes)
    {
        int limit = _connection.Settings.MaxUnsentBytes;
        return bytes > 0 && (limit < 0 || bytes <= limit);
    }

    private void Send(Tcp.Write write, IActorRef sender)
    {
        // A rope gives no access to its parts.
        ByteString data = write.Data;
        int sent = 0;
        try
        {
            data = data.IsCompact ? data : data.Compact();
            long result = SendNow(data.ToReadOnlySpan());
            if (result < data.Count)
            {
                sent = (int)Math.Max(0, result);
                HandOver(new HandedOver(write, data, sender, sent, ErrorOf(result)));
                return;
            }

            _bursts.OnSent();
        }
        catch (Exception exception)
        {
            HandOver(new HandedOver(write, data, sender, sent, 0, exception));
            return;
        }

        if (!write.WantsAck)
        {
            _ownership.Leave();
            return;
        }

        _ownership.BeginAcknowledging();
        try
        {
            sender.Tell(write.Ack, _connection);
        }
        catch (Exception exception)
        {
            HandOver(new HandedOver(null, null, ActorRefs.Nobody, 0, 0, exception));
            return;
        }

        _ownership.LeaveAcknowledged();
    }

    private void Send(ForeignOutput output)
    {
        long result = SendNow(output.Bytes);
        HandedOver? left = null;
        if (result < output.Length)
        {
            int sent = (int)Math.Max(0, result);
            left = new HandedOver(null, ByteString.FromBytes(output.Bytes[sent..].ToArray()), ActorRefs.Nobody, 0, ErrorOf(result));
        }

        _connection.Sender.Drop(output);
        if (left is null)
        {
            _bursts.OnSent();
            _ownership.Leave();
        }
        else
        {
            HandOver(left);
        }
    }

    private long SendNow(ReadOnlySpan<byte> bytes)
    {
        long result = SocketNow.Send(_connection.Socket, bytes);
        _connection.ActorLoop.Io.OnSentByOther(Math.Max(0, result));
        return result;
    }

    private static int ErrorOf(long result) => result is >= 0 or -Errno.Again or -Errno.Interrupted ? 0 : (int)-result;

    private void TakeOver(HandedOver left)
    {
        if (left.Data is { } data)
        {
            _connection.Sender.TakeOver(left, data);
        }

        OnToldByOthers();
        if (left.Defect is { } defect)
        {
            _connection.OnDefect(defect);
        }
        else if (left.ErrorNumber != 0)
        {
            _connection.OnSocketError(left.ErrorNumber);
        }
    }

    private void HandOver(HandedOver left)
    {
        _handedOver = left;
        _ownership.HandOver();
    }

    /// <summary>The memory of the machine.</summary>
    private readonly struct MachineOwnership(ConnectionCommands commands) : IOwnershipMemory
    {
        public int State => Volatile.Read(in commands.OutputState);

        public bool HasCommands => !commands.IsEmpty;

        public void Store(int state) => Volatile.Write(ref commands.OutputState, state);

        public int Exchange(int state) => Interlocked.Exchange(ref commands.OutputState, state);

        public int CompareExchange(int state, int expected) => Interlocked.CompareExchange(ref commands.OutputState, state, expected);
    }
}

/// <summary>What a thread that sent for itself left to the loop.</summary>
/// <param name="Write">The write; null for direct output, or where all was sent.</param>
/// <param name="Data">Its bytes in one piece.</param>
/// <param name="Sender">Gets the acknowledgement.</param>
/// <param name="SentBytes">Bytes of it that the kernel has taken.</param>
/// <param name="ErrorNumber">What ended the connection; 0 for nothing.</param>
/// <param name="Defect">What was thrown.</param>
internal sealed record HandedOver(
    Tcp.Write? Write, ByteString? Data, IActorRef Sender, int SentBytes, int ErrorNumber, Exception? Defect = null);
