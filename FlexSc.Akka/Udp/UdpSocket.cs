using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// A socket of datagrams with the face of an actor reference, owned by its loop: what the kernel completes goes straight to the
/// handler's mailbox, and a command that is told on the loop's thread acts at once. This class is the reference and the end; receiving
/// and sending are its parts.
/// </summary>
internal abstract class UdpSocket : LoopReference
{
    private readonly List<(IActorRef Closer, object Event)> _closers = [];
    private readonly CloseTimer _closeTimer;
    private readonly Cancellation _cancellation;
    private UdpOutput? _output;
    private bool _isClosed;

    /// <summary>Takes a socket over. On the loop's thread, with a connection reserved there.</summary>
    protected UdpSocket(ActorLoop loop, UdpOwner owner, OpenedSocket opened, IActorRef? handler)
        : base(loop, owner.NextPath())
    {
        Owner = owner;
        Opened = opened;
        Handler = handler;
        Shared = loop.Io.Udp;
        _closeTimer = new CloseTimer(this);
        _cancellation = new Cancellation(this);
        Sender = new UdpSender(this);
        Receiver = handler is null ? null : new UdpReceiver(this);
        Shared.Add(this);
    }

    public UdpOwner Owner { get; }

    public OpenedSocket Opened { get; }

    /// <summary>What the sockets of the loop share.</summary>
    public UdpLoop Shared { get; }

    /// <summary>Gets what is received; null for a socket that only sends.</summary>
    public IActorRef? Handler { get; }

    public UdpReceiver? Receiver { get; }

    public UdpSender Sender { get; }

    public UdpLoopSettings Settings => Owner.Settings;

    public UdpCounters Figures => Owner.Counters[ActorLoop.Index];

    public ILoggingAdapter Log => Owner.Log;

    public int Descriptor => Opened.Descriptor;

    public AddressFamily Family => Opened.Family;

    public UdpSocketOptions Options => Opened.Options;

    /// <summary>Direct output.</summary>
    public UdpOutput Output => _output ??= new UdpOutput(this);

    /// <summary>Whether a call may fail by what an earlier datagram met.</summary>
    public bool MayHavePendingErrors => Opened.Remote is not null || Options.ReportsErrors;

    /// <summary>It takes no more commands.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>Begins to receive. On the loop's thread, once the socket is known to its commander.</summary>
    public void Begin()
    {
        if (Handler is not null)
        {
            WatchOwner(Handler);

            // From here on the handler works for this socket, so it works where the socket's I/O is.
            LoopAssignments.Follow(Handler, ActorLoop);
        }

        if (Loop.IsStopping)
        {
            OnLoopStopping();
        }
        else
        {
            Receiver?.Begin();
        }
    }

    /// <summary>The event of a datagram.</summary>
    public abstract object EventOf(global::Akka.IO.ByteString bytes, EndPoint? sender);

    /// <summary>The answer to a command that failed; <see cref="FlexUdp.CauseOf"/> tells why.</summary>
    public object FailureOf(object command, Exception cause)
    {
        object failed = FailureOf(command);
        FailureCauses.Add(failed, cause);
        return failed;
    }

    /// <summary>An address as this socket takes it: one that takes both families of IP has those of IPv4 in IPv6.</summary>
    public EndPoint? Reachable(EndPoint? target) =>
        Opened.IsDualMode && target is IPEndPoint { AddressFamily: AddressFamily.InterNetwork } ip ? new IPEndPoint(ip.Address.MapToIPv6(), ip.Port) : target;

    /// <summary>The network has told that a datagram did not arrive; the socket goes on.</summary>
    public void OnPeerError(int errorNumber, EndPoint? target = null)
    {
        Figures.OnPeerError();
        Tell(new DatagramNotDelivered(
            target ?? Opened.Remote, new FlexSocketException(new LinuxException(errorNumber, "recvmsg", $"a datagram of {this}"))));
    }

    /// <summary>A datagram was larger than the buffer, and nobody is told what is left of it.</summary>
    public void OnTruncated(EndPoint? sender, long sentBytes, int roomBytes)
    {
        Figures.OnTruncated();
        Owner.Truncation.Meet(() =>
            $"a datagram of {sentBytes} bytes to {this} is larger than the {roomBytes} bytes there are for one, and is dropped: raise flexsc.udp.max-datagram-bytes");
        Tell(new DatagramTruncated(sender, sentBytes, roomBytes));
    }

    /// <summary>Sockets are admitted only as far as the entries go, so one is always there.</summary>
    public void RequireEntry(bool submitted)
    {
        if (!submitted)
        {
            throw new InvalidOperationException(
                $"no syscall entry is free for {this}: the application submits more calls of its own than the {Loop.EntryCount} entries allow; raise flexsc.loops.pages");
        }
    }

    /// <summary>A receive that nobody wants is to end.</summary>
    public void CancelReceive()
    {
        if (!_cancellation.IsPending && Receiver is { IsPending: true } receiver)
        {
            RequireEntry(Loop.TryCancel(receiver, _cancellation));
        }
    }

    public void OnLoopStopping()
    {
        Run();
        Abandon("the loop stops");
    }

    /// <summary>The loop takes no calls any more, and after an error those in flight never complete.</summary>
    public void OnLoopEnded()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            IsClosing = true;
            SocketClosing.CloseNow(Descriptor);
            Opened.Path?.RemoveNow();
            Finish();
        }
    }

    /// <summary>Something that the end waits for is over.</summary>
    public void GoOn()
    {
        if (!IsClosing || _isClosed)
        {
            return;
        }

        if (!Sender.IsIdle && _closeTimer.IsStarted)
        {
            // What was told before is still sent.
            return;
        }

        if (!_cancellation.IsPending && (Receiver is { IsPending: true } ? Receiver : Sender.AnyInFlight) is { } call)
        {
            RequireEntry(Loop.TryCancel(call, _cancellation));
        }

        if (Receiver is not { IsBusy: true } && Sender.IsQuiet && !_cancellation.IsPending)
        {
            _ = CloseAsync();
        }
    }

    /// <summary>Sends what was told before, and closes.</summary>
    protected void Close(IActorRef closer, object closedEvent)
    {
        _closers.Add((closer, closedEvent));
        if (IsClosing)
        {
            return;
        }

        IsClosing = true;
        Receiver?.Stop();
        if (!Sender.IsIdle)
        {
            Loop.StartTimer(_closeTimer, Settings.CloseTimeoutMs);
        }

        CancelReceive();
        GoOn();
    }

    protected abstract object FailureOf(object command);

    /// <summary>A command of the protocol.</summary>
    /// <returns>False when it is none.</returns>
    protected abstract bool TryHandle(object message, IActorRef sender);

    protected override void Handle(object message, IActorRef sender)
    {
        switch (message)
        {
            case ReceptionReleased released:
                Receiver!.Receptions.Return(released.Reception);
                break;
            case ActorIdentity identity when Receiver is not null && Receiver.ReadAhead.TryTakeAnswer(identity):
                break;
            case NameResolved resolved:
                Sender.OnResolved(resolved);
                break;
            case ForeignDatagram foreign:
                Output.Send(foreign);
                break;
            default:
                if (!TryHandle(message, sender))
                {
                    ActorLoop.Group.System.EventStream.Publish(new UnhandledMessage(message, sender, this));
                }

                break;
        }
    }

    protected override void HandleAfterEnd(object message, IActorRef sender)
    {
        switch (message)
        {
            case ReceptionReleased released:
                if (ActorLoop.IsCurrent)
                {
                    Receiver!.Receptions.Return(released.Reception);
                }

                break;
            case NameResolved or ForeignDatagram or ActorIdentity:
                break;
            default:
                base.HandleAfterEnd(message, sender);
                break;
        }
    }

    protected override void OnStopped() => Abandon("the socket was stopped");

    protected override void OnOwnerEnded()
    {
        Run();
        Receiver!.Receptions.Reclaim();
        Abandon("the handler ended");
    }

    protected override void OnDefect(Exception exception)
    {
        Log.Error(exception, "{0} ends by an error", this);
        Abandon(exception.Message);
    }

    /// <summary>As <see cref="OnDefect"/>, for the socket's parts.</summary>
    public void Fail(Exception exception) => OnDefect(exception);

    /// <summary>Closes without sending what waits.</summary>
    private void Abandon(string reason)
    {
        IsClosing = true;
        Loop.StopTimer(_closeTimer);
        Receiver?.Stop();
        Sender.Drop(reason);
        GoOn();
    }

    private void Tell(object report)
    {
        ActorLoop.Group.System.EventStream.Publish(report);
        if (Options.ReportsErrors && Handler is not null)
        {
            TellSafely(Handler, report);
        }
    }

    private async Task CloseAsync()
    {
        _isClosed = true;
        Loop.StopTimer(_closeTimer);
        if (Opened.Path is { } path)
        {
            await path.RemoveAsync(Loop).ConfigureAwait(false);
        }

        // No call is in flight on it, so it needs no entry.
        long result = Loop.CloseNow(Descriptor);

        // One that was interrupted has closed; close(2).
        if (result < 0 && result != -Errno.Interrupted)
        {
            Log.Error(new LinuxException((int)-result, "close", ToString()!), "{0} could not be closed", this);
        }

        Finish();
    }

    private void Finish()
    {
        Sender.Drop("the socket is closed");
        Shared.Remove(this);
        if (!Loop.HasFailed)
        {
            // After an error the kernel may still write to its memory.
            Receiver?.Dispose();
        }

        foreach ((IActorRef closer, object closedEvent) in _closers)
        {
            TellSafely(closer, closedEvent);
        }

        Terminate();
    }

    private sealed class Cancellation : SyscallOperation
    {
        private readonly UdpSocket _socket;

        public Cancellation(UdpSocket socket)
        {
            _socket = socket;
            UsesReservedEntry = true;
        }

        // Whatever it answers, the call's own completion tells that it is over.
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            _socket.Receiver?.Start();
            _socket.GoOn();
        }
    }

    private sealed class CloseTimer(UdpSocket socket) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop)
        {
            socket.Sender.Drop($"not sent within {socket.Settings.CloseTimeoutMs} ms: flexsc.udp.close-timeout-ms");
            socket.GoOn();
        }
    }
}
