using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUnix;

/// <summary>The handler of one end of a connection that passes descriptors. The client's ends the connection, in one of three ways.</summary>
/// <param name="process">Its process.</param>
/// <param name="use">How the connection is used.</param>
/// <param name="book">All descriptors.</param>
/// <param name="mostTaken">Descriptors that it takes at once.</param>
/// <param name="connection">The server's connection; null for a client, which connects.</param>
/// <param name="socket">Its socket when it was accepted; null for a client, and where the connection had ended.</param>
/// <param name="ended">Called in the end.</param>
internal sealed class PassingActor(
    ActorProcess process, TcpUse use, PassedBook book, int mostTaken, IActorRef? connection, StreamSocket? socket, Action ended)
    : UntypedActor, IWithTimers
{
    private const int MostWrites = 30;
    private const string Again = nameof(Again);
    private const string Resume = nameof(Resume);

    private readonly World _world = process.World;
    private IActorRef _connection = connection ?? ActorRefs.Nobody;
    private CheckedReader? _reader;
    private PassingEnd? _end;
    private int _left;
    private bool _isEnding;
    private bool _peerClosed;

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsClient => connection is null;

    private string Who => $"{process.Name}, {Self.Path.Name}";

    protected override void PreStart()
    {
        if (IsClient)
        {
            Connect();
        }
        else
        {
            Begin(socket);
        }
    }

    protected override void PostStop()
    {
        _reader?.ReleaseAll();
        _end?.Leave();
        ended();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected:
                _connection = Sender;
                Begin(PassingEnd.SocketOf(process, Sender));
                _connection.Tell(use.Register(Self, keepOpenOnPeerClosed: true));
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Connect }:
                Timers.StartSingleTimer(Again, Again, TimeSpan.FromMilliseconds(1));
                break;
            case Again:
                Connect();
                break;
            case Resume:
                _reader!.Want();
                break;
            case ActorIdentity identity:
                _reader!.OnIdentity(identity);
                break;
            case PassedAck ack:
                _end!.OnAcknowledged(ack);
                WriteOn();
                break;
            case Tcp.CommandFailed failed when !_isEnding && !IsClient:
                // The client aborts, and what is told here comes behind it.
                _world.Trace($"{Who}: {failed.Cmd} failed");
                break;
            case Tcp.CommandFailed when _isEnding:
                break;
            case Tcp.PeerClosed:
                OnPeerClosed();
                break;
            case Tcp.ConnectionClosed:
                break;
            case Terminated:
                Context.Stop(Self);
                break;
            default:
                Take(message);
                break;
        }
    }

    private void Connect() => Context.System.FlexTcp().Tell(
        new Tcp.Connect(_world.EndPointOf(DescriptorsProgram.Port), options: _world.Options.Connect, pullMode: use.IsPull));

    // The server's connection may have brought bytes and ended since it was registered: what it has told is taken, and what is told
    // to it fails.
    private void Begin(StreamSocket? own)
    {
        Context.Watch(_connection);
        _reader = new CheckedReader(_world, use, _connection, Self, Who);
        if (own is null)
        {
            // It had ended before anybody registered: nothing comes of it but its end.
            return;
        }

        _end = new PassingEnd(process, book, _connection, own, Self, mostTaken, Who);
        _left = _world.Random.Below(MostWrites);
        _reader.Want();
        WriteOn();
    }

    private void WriteOn()
    {
        while (_left > 0 && _world.Random.Below(3) > 0)
        {
            _left--;
            _end!.Write();
        }

        if (_left > 0 && _end!.IsAcknowledged)
        {
            _left--;
            _end.Write();
        }

        if (!_isEnding && _left == 0 && (IsClient ? _end!.IsAcknowledged || _world.Random.Below(4) == 0 : _peerClosed && _end!.IsAcknowledged))
        {
            End();
        }
    }

    private void End()
    {
        _isEnding = true;
        switch (IsClient ? _world.Random.Below(4) : 3)
        {
            case 0:
                _connection.Tell(Tcp.Abort.Instance, Self);
                break;
            case 1:
                book.Forgetful.Add(process);
                Context.Stop(Self);
                break;
            default:
                _connection.Tell(Tcp.ConfirmedClose.Instance, Self);
                break;
        }
    }

    private void OnPeerClosed()
    {
        _peerClosed = true;
        if (!_end!.HasAll && !_end.HasOtherCrashed)
        {
            throw new SimulationFailure($"{Who}: the end has come before all that was sent");
        }

        WriteOn();
    }

    private void Take(object message)
    {
        if (_end is null || _reader?.TryTake(message) is not { } bytes)
        {
            throw new SimulationFailure($"{Who}: {message} was not expected");
        }

        _end.Take(bytes, message as ReceivedWithDescriptors);
        if (_world.Random.Below(16) == 0)
        {
            _reader.Suspend();
            Timers.StartSingleTimer(Resume, Resume, TimeSpan.FromMilliseconds(_world.Random.Below(4)));
        }
        else if (!Timers.IsTimerActive(Resume))
        {
            _reader.Want();
        }
    }
}
