using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;
using Dns = Akka.IO.Dns;

namespace FlexSc.Akka.IO;

/// <summary>Takes the commands that make a socket of datagrams, and has a loop open it.</summary>
internal sealed class UdpManagerActor : UntypedActor
{
    private readonly LoopGroup _group;
    private readonly UdpOwner _owner;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public UdpManagerActor(LoopGroup group, UdpLoopSettings settings, UdpCounters[] counters)
    {
        _group = group;
        _owner = new UdpOwner(Self.Path, _log, settings, counters, group.Clock);
    }

    /// <summary>Only the system's own end ends it: what the loops hold is closed.</summary>
    protected override void PostStop() => _group.CloseSockets();

    protected override void OnReceive(object message)
    {
        IActorRef sender = Sender;
        switch (message)
        {
            case Udp.Bind bind:
                Open(bind, new Udp.CommandFailed(bind), $"bind to {bind.LocalAddress}", bind.Handler, async loop =>
                {
                    OpenedSocket opened = await OpenedSocket.BindAsync(loop.Loop, bind.LocalAddress, [.. bind.Options]).ConfigureAwait(false);
                    Tell(new BoundUdpSocket(loop, _owner, opened, bind.Handler), sender, new Udp.Bound(opened.Local));
                });
                break;
            case Udp.SimpleSender simple:
                Open(simple, new Udp.CommandFailed(simple), "make a sender", sender, async loop =>
                {
                    OpenedSocket opened = await OpenedSocket.SenderAsync(loop.Loop, [.. simple.Options]).ConfigureAwait(false);
                    Tell(new BoundUdpSocket(loop, _owner, opened, handler: null), sender, Udp.SimpleSenderReady.Instance);
                });
                break;
            case UdpConnected.Connect connect:
                Connect(connect);
                break;
            case Failed failed:
                _log.Error(failed.Cause, "Failed to {0}: {1}", failed.Subject, failed.Cause.Message);
                FailureCauses.Add(failed.Answer, failed.Cause);
                failed.Commander.Tell(failed.Answer);
                break;
            case Opened:
                break;
            default:
                _log.Warning(
                    "{0} from {1} is no command of the UDP manager: it takes Udp.Bind, Udp.SimpleSender and UdpConnected.Connect; tell everything else to the sender of their answer",
                    message.GetType().Name, sender);
                Unhandled(message);
                break;
        }
    }

    private static void Tell(UdpSocket socket, IActorRef commander, object answer)
    {
        socket.TellSafely(commander, answer);
        socket.Begin();
    }

    private void Connect(UdpConnected.Connect connect)
    {
        IActorRef sender = Sender;
        ActorSystem system = Context.System;
        UdpLoopSettings settings = _owner.Settings;
        Open(connect, new UdpConnected.CommandFailed(connect), $"connect to {connect.RemoteAddress}", connect.Handler, async loop =>
        {
            EndPoint remote = connect.RemoteAddress;
            if (remote is DnsEndPoint name)
            {
                // The continuation may be on another thread; sockets are opened on the loop's.
                Dns.Resolved answer = await NameResolution.ResolveAsync(system, name.Host, settings.ResolveTimeoutMs).ConfigureAwait(false);
                remote = (answer.IsSuccess ? NameResolution.Choose(answer, name, connect.LocalAddress?.AddressFamily ?? name.AddressFamily) : null)
                    ?? throw UnresolvedNames.Of(name.Host, answer.Exception);
            }

            // A loop that was given up while the name was resolved is not waited for.
            await loop.AskAsync(async () =>
            {
                OpenedSocket opened = await OpenedSocket.ConnectAsync(loop.Loop, remote, connect.LocalAddress, [.. connect.Options]).ConfigureAwait(false);
                Tell(new ConnectedUdpSocket(loop, _owner, opened, connect.Handler), sender, UdpConnected.Connected.Instance);
                return true;
            }).ConfigureAwait(false);
        });
    }

    /// <summary>Has a socket opened on a loop; a failure is told.</summary>
    private void Open(object command, object answer, string subject, IActorRef handler, Func<ActorLoop, Task> open)
    {
        IActorRef commander = Sender;
        IActorRef self = Self;
        try
        {
            UdpCommandRules.Require(command);

            // Where its handler lives, for that is who will work with the socket.
            ActorLoop loop = LoopAssignments.TryLoopOf(handler, _group) ?? _group.Next();
            loop.AskAsync(() => OpenAsync(loop, open)).PipeTo(
                self, success: _ => Opened.Instance, failure: cause => new Failed(subject, commander, answer, Told(cause)));
        }
        catch (Exception exception)
        {
            // Whatever the reason, whoever sent the command gets an answer.
            _log.Error(exception, "{0} could not be begun", command);
            FailureCauses.Add(answer, exception);
            commander.Tell(answer);
        }
    }

    private static async Task<bool> OpenAsync(ActorLoop loop, Func<ActorLoop, Task> open)
    {
        if (!loop.Io.TryReserveConnection())
        {
            throw new InvalidOperationException(
                $"loop {loop.Index} has {loop.Io.ConnectionCount} connections and sockets, as many as its syscall entries allow: raise flexsc.loops.pages");
        }

        try
        {
            await open(loop).ConfigureAwait(false);
            return true;
        }
        catch
        {
            _ = ReleaseReservationAsync(loop);
            throw;
        }
    }

    /// <summary>
    /// After a name was resolved this is not the loop's thread; whoever asked for the socket hears of the failure, whatever holds the loop up.
    /// </summary>
    private static async Task ReleaseReservationAsync(ActorLoop loop)
    {
        try
        {
            await loop.RunAsync(() =>
            {
                loop.Io.ReleaseReservation();
                return Task.FromResult(true);
            }).ConfigureAwait(false);
        }
        catch (InvalidOperationException)
        {
            // The loop has ended, and what was reserved there with it.
        }
    }

    private static Exception Told(Exception cause) => cause is LinuxException failure ? new FlexSocketException(failure) : cause;

    /// <summary>Whoever asked for the socket has been told.</summary>
    private sealed class Opened : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static Opened Instance { get; } = new();
    }

    private sealed record Failed(string Subject, IActorRef Commander, object Answer, Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
}
