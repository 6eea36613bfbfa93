using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Connections;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>Ends listening.</summary>
internal sealed class StopListening
{
    public static StopListening Instance { get; } = new();
}

/// <summary>Listens, and gives each connection its actor. A bind that fails for want of something is tried again.</summary>
internal sealed class EchoListener(EchoSetup setup, int port) : UntypedActor, IWithTimers
{
    private const int Backlog = 4;
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(1);

    private IActorRef? _listener;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Bind();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Bound:
                setup.IsBound = true;
                _listener = Sender;
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind }:
                Timers.StartSingleTimer(nameof(Bind), nameof(Bind), RetryPause);
                break;
            case nameof(Bind):
                Bind();
                break;
            case Tcp.Connected:
                IActorRef connection = Sender;
                IActorRef handler = Context.ActorOf(setup.ServerUse.Place(Props.Create(() => new EchoHandler(setup, connection))));
                setup.Handlers++;
                connection.Tell(setup.ServerUse.Register(handler, keepOpenOnPeerClosed: true));
                break;
            case StopListening:
                _listener!.Tell(Tcp.Unbind.Instance);
                break;
            case Tcp.Unbound:
                setup.IsUnbound = true;
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Bind() => Context.System.FlexTcp().Tell(new Tcp.Bind(Self, TcpUse.EndPointOf(port), Backlog, null, setup.ServerUse.IsPull));
}
