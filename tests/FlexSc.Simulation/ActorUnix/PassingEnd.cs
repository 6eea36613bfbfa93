using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Simulation.ActorUnix;

/// <summary>A write that is acknowledged, with the descriptors that went with it.</summary>
internal sealed class PassedAck(long end, PassedAlong? passed) : Tcp.Event
{
    public long End => end;

    public PassedAlong? Passed => passed;
}

/// <summary>
/// One end of a connection that passes descriptors: writes bytes with and without them, and checks that what comes is what the other end
/// has sent: every byte, and the descriptors with the byte that they were sent with and with none behind.
/// </summary>
internal sealed class PassingEnd
{
    private const int MostPieceBytes = 400;

    private readonly ActorProcess _process;
    private readonly PassedBook _book;
    private readonly IActorRef _connection;
    private readonly IActorRef _self;
    private readonly StreamSocket _socket;
    private readonly int _mostTaken;
    private readonly string _who;
    private readonly Queue<PassedAck> _unanswered = new();
    private long _written;
    private long _taken;

    public PassingEnd(
        ActorProcess process, PassedBook book, IActorRef connection, StreamSocket socket, IActorRef self, int mostTaken, string who)
    {
        _process = process;
        _book = book;
        _connection = connection;
        _self = self;
        _mostTaken = mostTaken;
        _who = who;
        _socket = socket;
        EndCheck.Watch(process.World, connection, who);
    }

    /// <summary>All writes are answered.</summary>
    public bool IsAcknowledged => _unanswered.Count == 0;

    /// <summary>All has come that the other end has sent. What it passed with bytes that never left does not come.</summary>
    public bool HasAll => _taken == _socket.Other!.SentBytes && !(_book.Next(_socket.Other) is { } next && next.First < _taken);

    /// <summary>The process at the other end has crashed: what was on its way may be lost.</summary>
    public bool HasOtherCrashed => _socket.Other!.Owner.HasCrashed;

    /// <summary>The socket of a connection before its registration; null where it has ended. Later its number may be another's.</summary>
    public static StreamSocket? SocketOf(ActorProcess process, IActorRef connection)
    {
        TcpConnection own = (TcpConnection)connection;
        return own.Phase == ConnectionPhase.AwaitingRegistration ? (StreamSocket)process.Process.Find(own.Socket)! : null;
    }

    public void Write()
    {
        World world = _process.World;
        byte[] bytes = new byte[1 + world.Random.Below(MostPieceBytes)];
        ByteStream.Fill(bytes, stream: 1, _written);
        ByteString data = ByteString.CopyFrom(bytes);
        PassedAlong? passed = world.Random.Below(2) == 0 ? _book.Make(_process, _socket, _written, _written + bytes.Length) : null;
        _written += bytes.Length;
        PassedAck ack = new(_written, passed);
        _unanswered.Enqueue(ack);
        _connection.Tell(
            passed is null
                ? Tcp.Write.Create(data, ack)
                : new WriteDescriptors(data, Array.ConvertAll(passed.Numbers, static number => new SafeFileHandle(number, ownsHandle: false)), ack),
            _self);
    }

    public void OnAcknowledged(PassedAck ack)
    {
        if (!_unanswered.TryDequeue(out PassedAck? due) || due != ack || _socket.SentBytes < ack.End)
        {
            throw new SimulationFailure($"{_who}: the acknowledgement of byte {ack.End} was not due, {_socket.SentBytes} are sent");
        }

        // The other end has its own.
        Array.ForEach(ack.Passed?.Numbers ?? [], number => PassedBook.Close(_process, number));
    }

    /// <summary>Takes bytes, and the descriptors that came along; null for none.</summary>
    public void Take(byte[] bytes, ReceivedWithDescriptors? along)
    {
        ByteStream.Check(bytes, stream: 1, _taken, _who);
        long end = _taken + bytes.Length;
        PassedAlong? next = _book.Next(_socket.Other!);
        bool isDue = next is not null && next.First < end;
        if (isDue != along is not null)
        {
            throw new SimulationFailure($"{_who}: bytes {_taken} to {end} came {(isDue ? "without their" : "with")} descriptors");
        }

        if (along is not null)
        {
            Check(next!, end, along);
            _book.OnReceived(_socket.Other!);
        }

        _taken = end;
    }

    /// <summary>The end of this side: what has no answer is closed when nothing is on its way any more.</summary>
    public void Leave()
    {
        foreach (PassedAck ack in _unanswered)
        {
            Array.ForEach(ack.Passed?.Numbers ?? [], number => _book.CloseInTheEnd(_process, number));
        }

        _unanswered.Clear();
    }

    private void Check(PassedAlong passed, long end, ReceivedWithDescriptors along)
    {
        OpenDescription[] came = [.. along.Descriptors.Select(handle => _process.Process.Find((int)handle.DangerousGetHandle())!)];
        bool isCut = passed.Descriptions.Length > _mostTaken;
        bool isRight = came.SequenceEqual(passed.Descriptions.Take(_mostTaken)) && along.IsTruncated == isCut;
        if (!isRight || end > passed.End)
        {
            throw new SimulationFailure(
                $"{_who}: bytes up to {end} came with {came.Length} descriptors{(along.IsTruncated ? ", truncated" : "")}, "
                    + $"and {passed.Descriptions.Length} were sent with bytes {passed.First} to {passed.End}; {_mostTaken} are taken at once");
        }

        foreach (SafeFileHandle handle in along.Descriptors)
        {
            PassedBook.Close(_process, (int)handle.DangerousGetHandle());
        }
    }
}
