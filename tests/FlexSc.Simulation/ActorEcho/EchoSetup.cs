using System.Buffers.Binary;
using Akka.Actor;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>The server of a run, which writes back what comes.</summary>
internal sealed class EchoSetup
{
    private const int Backlog = 4;
    private const long MostSteps = 2_000_000;

    private readonly Dictionary<uint, EchoTalk> _talks = [];
    private readonly List<string> _unheard = [];
    private readonly IActorRef _listener;

    /// <summary>Starts it.</summary>
    public EchoSetup(World world, int port)
    {
        World = world;
        Server = ActorProcess.Start(world, "server", ActorConfig.Small(world), ActorConfig.IsBindFailure);
        ServerUse = TcpUse.Choose(world);
        _listener = Server.ActorOf(
            ServerUse.Place(Props.Create(() => new ListenerActor(
                Listener, ServerUse, port, Backlog, connection => Props.Create(() => new EchoHandler(this, connection)), true))),
            "listener");
    }

    public World World { get; }

    public ActorProcess Server { get; }

    public TcpUse ServerUse { get; }

    public ListenerState Listener { get; } = new();

    /// <summary>A send may fail for want of memory, which ends its connection.</summary>
    public bool MayFailEarly => World.Kernel.Profile.NoBuffersPerMillion > 0;

    /// <summary>
    /// Connections that ended, at the server or at a proxy that had not reached it yet, because nobody had registered in time. Their
    /// clients see a reset, and may see it before it is counted: an actor that is too late for the registration is late here as well.
    /// </summary>
    public int GivenUp { get; set; }

    public void Add(EchoTalk talk) => _talks.Add(talk.Stream, talk);

    public EchoTalk TalkOf(ReadOnlySpan<byte> header) =>
        _talks.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(header[1..]), out EchoTalk? talk) && (byte)talk.Mode == header[0]
            ? talk
            : throw new SimulationFailure("server: the first bytes are none of a client's");

    /// <summary>
    /// A client was reset before it heard a byte, which is right only where its connection was given up: in the end no more clients may
    /// have been reset so than connections were given up.
    /// </summary>
    /// <param name="what">Which client, and what it was told.</param>
    public void AddUnheard(string what) => _unheard.Add(what);

    /// <summary>Ends listening, when every connection has ended.</summary>
    public void Stop()
    {
        World.RunUntil(() => Listener is { IsBound: true, Handlers: 0 }, "every connection of the server has ended", MostSteps);
        World.RunUntil(
            () => _unheard.Count <= GivenUp, $"every client that was reset unheard was given up: {string.Join("; ", _unheard)}", MostSteps);
        Server.Tell(_listener, ListenerCommand.Stop);
        World.RunUntil(() => !Listener.IsBound, "the server listens no more", MostSteps);
    }
}
