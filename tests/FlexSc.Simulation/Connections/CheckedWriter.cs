using System.Buffers;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>Acknowledges all that was written up to a position of the stream.</summary>
internal sealed class Written(long end) : Tcp.Event
{
    public long End => end;
}

/// <summary>
/// What an actor writes to a connection, in every way there is: each write is answered once, acknowledgements come in order and not
/// before the kernel has taken the bytes, and a failure is not followed by the acknowledgement of something later.
/// </summary>
internal sealed class CheckedWriter
{
    private readonly World _world;
    private readonly IActorRef _connection;
    private readonly IActorRef _self;
    private readonly string _who;
    private readonly StreamSocket? _socket;
    private readonly TcpOutput _output;
    private readonly LinkedList<Written> _unanswered = new();
    private long _written;
    private long _acknowledged;
    private bool _hasFailed;

    public CheckedWriter(ActorProcess process, IActorRef connection, IActorRef self, string who)
    {
        _world = process.World;
        _connection = connection;
        _self = self;
        _who = who;
        _output = FlexTcp.OutputOf(connection);
        EndCheck.Watch(_world, connection, who);
        TcpConnection own = (TcpConnection)connection;
        _socket = own.Phase == ConnectionPhase.Terminated ? null : process.Process.Find(own.Socket) as StreamSocket;
    }

    /// <summary>Bytes written and not acknowledged.</summary>
    public long UnacknowledgedBytes => _written - _acknowledged;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        switch (_world.Random.Below(4))
        {
            case 0 when bytes.Length > 1:
                int half = 1 + _world.Random.Below(bytes.Length - 1);
                Tcp.Write first = WriteOf(bytes[..half]);
                _connection.Tell(WriteOf(bytes[half..]).Prepend(first), _self);
                break;
            case 1:
                WriteDirectly(bytes);
                break;
            default:
                _connection.Tell(WriteOf(bytes), _self);
                break;
        }
    }

    public void OnAcknowledged(Written written)
    {
        if (_hasFailed || _unanswered.First?.Value != written)
        {
            throw new SimulationFailure($"{_who}: the acknowledgement of byte {written.End} was not due");
        }

        if (_socket is not null && _socket.SentBytes < written.End)
        {
            throw new SimulationFailure($"{_who}: byte {written.End} is acknowledged and the kernel has taken {_socket.SentBytes}");
        }

        _unanswered.RemoveFirst();
        _acknowledged = written.End;
    }

    public void OnFailed(Tcp.CommandFailed failed)
    {
        _hasFailed = true;
        foreach (Tcp.Write write in WritesOf(failed.Cmd))
        {
            if (!_unanswered.Remove((Written)write.Ack))
            {
                throw new SimulationFailure($"{_who}: a write failed that was answered before");
            }
        }
    }

    private static IEnumerable<Tcp.Write> WritesOf(Tcp.Command command) => command switch
    {
        Tcp.Write write => [write],
        Tcp.CompoundWrite compound => compound.OfType<Tcp.Write>(),
        _ => throw new SimulationFailure($"{command} failed and was not told"),
    };

    private Tcp.Write WriteOf(ReadOnlySpan<byte> bytes)
    {
        _written += bytes.Length;
        Written ack = new(_written);
        _unanswered.AddLast(ack);
        return Tcp.Write.Create(ByteString.CopyFrom(bytes.ToArray()), ack);
    }

    // The empty write behind it is acknowledged when the kernel has taken what was written directly.
    private void WriteDirectly(ReadOnlySpan<byte> bytes)
    {
        _written += bytes.Length;
        _output.Write(bytes);
        _output.Flush();
        Written ack = new(_written);
        _unanswered.AddLast(ack);
        _connection.Tell(Tcp.Write.Create(ByteString.Empty, ack), _self);
    }
}
