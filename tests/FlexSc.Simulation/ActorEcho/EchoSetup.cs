using System.Buffers.Binary;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>What the actors of a run share.</summary>
internal sealed class EchoSetup(World world, ActorProcess server, TcpUse serverUse)
{
    private readonly Dictionary<uint, EchoTalk> _talks = [];

    public World World => world;

    public ActorProcess Server => server;

    public TcpUse ServerUse => serverUse;

    /// <summary>A send may fail for want of memory, which ends its connection.</summary>
    public bool MayFailEarly => world.Kernel.Profile.NoBuffersPerMillion > 0;

    /// <summary>Handlers of the server that live.</summary>
    public int Handlers { get; set; }

    public bool IsBound { get; set; }

    public bool IsUnbound { get; set; }

    public void Add(EchoTalk talk) => _talks.Add(talk.Stream, talk);

    public EchoTalk TalkOf(ReadOnlySpan<byte> header) =>
        _talks.TryGetValue(BinaryPrimitives.ReadUInt32LittleEndian(header[1..]), out EchoTalk? talk) && (byte)talk.Mode == header[0]
            ? talk
            : throw new SimulationFailure("server: the first bytes are none of a client's");
}
