using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;

namespace FlexSc.Simulation.Connections;

/// <summary>Has a listener stop listening, or listen again.</summary>
internal enum ListenerCommand
{
    Stop,
    Start,
}

/// <summary>What a run knows of its listener.</summary>
internal sealed class ListenerState
{
    public bool IsBound { get; set; }

    /// <summary>Handlers that live.</summary>
    public int Handlers { get; set; }
}

/// <summary>Listens, and gives each connection its actor. A bind that fails for want of something is tried again.</summary>
/// <param name="state">Takes what becomes of it.</param>
/// <param name="use">How connections are used.</param>
/// <param name="port">The port.</param>
/// <param name="backlog">Connections that may wait.</param>
/// <param name="makeHandler">Makes the handler of a connection.</param>
/// <param name="registers">Whether connections are registered with their handlers; else these do it themselves.</param>
internal sealed class ListenerActor(
    ListenerState state, TcpUse use, int port, int backlog, Func<IActorRef, Props> makeHandler, bool registers) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(1);

    private IActorRef? _listener;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Bind();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Bound:
                state.IsBound = true;
                _listener = Sender;
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind }:
                Timers.StartSingleTimer(nameof(Bind), ListenerCommand.Start, RetryPause);
                break;
            case ListenerCommand.Start:
                Bind();
                break;
            case Tcp.Connected:
                Accept(Sender);
                break;
            case ListenerCommand.Stop:
                _listener!.Tell(Tcp.Unbind.Instance, Self);
                break;
            case Tcp.Unbound:
                state.IsBound = false;
                break;
            case Tcp.ConnectionClosed:
                // Of a connection that was not registered in time.
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Accept(IActorRef connection)
    {
        IActorRef handler = Context.ActorOf(use.Place(makeHandler(connection)));
        state.Handlers++;
        if (registers)
        {
            connection.Tell(use.Register(handler, keepOpenOnPeerClosed: true), Self);
        }
    }

    private void Bind() => Context.System.FlexTcp().Tell(new Tcp.Bind(Self, use.World.EndPointOf(port), backlog, use.World.Options.Bind, use.IsPull));
}
