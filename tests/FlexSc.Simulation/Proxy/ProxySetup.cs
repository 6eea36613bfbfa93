using Akka.Actor;
using FlexSc.Simulation.ActorEcho;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Proxy;

/// <summary>The proxy of a run.</summary>
internal sealed class ProxySetup
{
    private const int Backlog = 4;
    private const long MostSteps = 2_000_000;

    private readonly IActorRef _listener;

    /// <summary>Starts it.</summary>
    public ProxySetup(EchoSetup server, int port, int serverPort)
    {
        World world = server.World;
        World = world;
        Server = server;
        ServerPort = serverPort;
        Process = ActorProcess.Start(world, "proxy", ActorConfig.Small(world), ActorConfig.IsBindFailure);
        ReceiveBufferBytes = Process.System.Settings.Config.GetInt("flexsc.loops.receive-buffer-bytes");
        Use = TcpUse.Choose(world);
        MostHeldBytes = 64 << world.Random.Below(6);
        _listener = Process.ActorOf(
            Use.Place(Props.Create(() => new ListenerActor(
                Listener, Use, port, Backlog, connection => Props.Create(() => new ProxyHandler(this, connection)), false))),
            "listener");
    }

    public World World { get; }

    public EchoSetup Server { get; }

    public ActorProcess Process { get; }

    public TcpUse Use { get; }

    public int ServerPort { get; }

    /// <summary>Bytes of one direction that wait to be taken beyond which no more are read.</summary>
    public int MostHeldBytes { get; }

    public int ReceiveBufferBytes { get; }

    public ListenerState Listener { get; } = new();

    /// <summary>Ends listening, when every connection has ended.</summary>
    public void Stop()
    {
        World.RunUntil(() => Listener is { IsBound: true, Handlers: 0 }, "every connection of the proxy has ended", MostSteps);
        Process.Tell(_listener, ListenerCommand.Stop);
        World.RunUntil(() => !Listener.IsBound, "the proxy listens no more", MostSteps);
    }
}
