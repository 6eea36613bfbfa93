using Akka;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>Takes Bind and Connect and gives each an actor.</summary>
internal sealed class TcpManagerActor : UntypedActor
{
    private const string ListenerName = "listener-";

    private readonly LoopGroup _group;
    private readonly TcpLoopSettings _settings;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly TcpOwner _clients;
    private readonly AcceptedConnections _accepted;
    private long _listeners;
    private long _connects;
    private bool _draining;

    public TcpManagerActor(LoopGroup group, TcpLoopSettings settings, AcceptedConnections accepted)
    {
        _accepted = accepted;
        _group = group;
        _settings = settings;
        _clients = new TcpOwner(Self.Path, "client-connection", _log);
    }

    protected override SupervisorStrategy SupervisorStrategy() => Tcp.ConnectionSupervisorStrategy;

    /// <summary>The last of the extension to end: its listeners and connects have, and only the system's own end ends it.</summary>
    protected override void PostStop() => _group.CloseSockets();

    protected override void OnReceive(object message)
    {
        IActorRef sender = Sender;
        switch (message)
        {
            case Tcp.Bind bind when _draining:
                sender.Tell(new Tcp.CommandFailed(bind, TcpDrain.Refusal(bind)));
                break;
            case Tcp.Bind bind:
                Start(
                    bind, Props.Create(() => new TcpListenerActor(_group, _settings, _accepted, sender, bind)), $"{ListenerName}{_listeners++}");
                break;
            case TcpDrain.StopAccepting:
                _draining = true;
                StopAcceptingAsync([.. Context.GetChildren()]).PipeTo(sender);
                break;
            case Tcp.Connect connect:
                Start(
                    connect, Props.Create(() => new TcpConnectorActor(_group, _settings, _clients, sender, connect)),
                    $"connect-{_connects++}");
                break;
            default:
                _log.Warning(
                    "{0} from {1} is no command of the TCP manager: it takes Tcp.Bind and Tcp.Connect; tell everything else to the sender of Tcp.Connected or Tcp.Bound",
                    message.GetType().Name, sender);
                Unhandled(message);
                break;
        }
    }

    /// <summary>A listener that ends meanwhile does not answer, but does not accept either.</summary>
    private static async Task<Done> StopAcceptingAsync(IActorRef[] children)
    {
        await Task.WhenAll(children
            .Where(static child => child.Path.Name.StartsWith(ListenerName, StringComparison.Ordinal))
            .Select(static async listener =>
            {
                using CancellationTokenSource answered = new();
                await Task.WhenAny(
                    listener.Ask<Done>(TcpDrain.StopAccepting.Instance, answered.Token), listener.WatchAsync(answered.Token)).ConfigureAwait(false);
                await answered.CancelAsync().ConfigureAwait(false);
            })).ConfigureAwait(false);
        return Done.Instance;
    }

    /// <exception cref="ArgumentException">The command lacks something.</exception>
    private static void Require(Tcp.Command command)
    {
        if (command is Tcp.Bind bind)
        {
            SocketCommandRules.RequireHandler(bind.Handler, command);
            SocketCommandRules.RequireLocal(bind.LocalAddress, command);
        }
        else if (command is Tcp.Connect connect)
        {
            SocketCommandRules.RequireAddress(connect.RemoteAddress, command);
        }
    }

    private void Start(Tcp.Command command, Props props, string name)
    {
        try
        {
            Require(command);
            TlsOption.RequireFitting(command);
            UnixSocketOptions.RequireFitting(command);
            ListenOptions.RequireFitting(command, command is Tcp.Bind bind && _settings.Throttles(bind));

            // Deployed locally: what they are made with is not for another node, and akka.actor.serialize-creators would refuse it.
            Context.ActorOf(props.WithDeploy(Deploy.Local).WithDispatcher(FlexScDefaults.InternalDispatcherId), name);
        }
        catch (Exception exception)
        {
            // Whatever the reason, whoever sent the command gets an answer.
            _log.Error(exception, "{0} could not be begun", command);
            Sender.Tell(new Tcp.CommandFailed(command, exception));
        }
    }
}
