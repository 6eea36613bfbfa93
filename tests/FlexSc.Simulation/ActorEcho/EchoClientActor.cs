using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>
/// Connects, sends a stream in pieces, compares what comes back and ends as its mode says. A connect that fails is tried again; a slow
/// client stops reading for a while now and then.
/// </summary>
internal sealed class EchoClientActor(EchoSetup setup, ActorProcess process, TcpUse use, EchoTalk talk, int port, Action ended)
    : UntypedActor, IWithTimers
{
    private const int MostPieceBytes = 2_000;
    private const int SlowOneIn = 24;

    private readonly long _window = 1 + setup.World.Random.Below(8_000);
    private IActorRef? _connection;
    private CheckedReader? _reader;
    private CheckedWriter? _writer;
    private long _sent;
    private long _received;
    private bool _isRegistered;
    private bool _isEnding;
    private Tcp.ConnectionClosed? _closed;

    private enum Pause
    {
        BeforeConnect,
        Reading,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private string Who => $"{process.Name}, {talk}";

    protected override void PreStart() => Connect();

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected:
                OnConnected(Sender);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Connect } failed:
                OnConnectFailed(failed.Cause.HasValue ? failed.Cause.Value : null);
                break;
            case Pause.BeforeConnect:
                Connect();
                break;
            case Pause.Reading:
                _reader!.Want();
                break;
            case Written written:
                _writer!.OnAcknowledged(written);
                SendOn();
                break;
            case Tcp.CommandFailed failed:
                _writer!.OnFailed(failed);
                break;
            case ActorIdentity identity:
                _reader!.OnIdentity(identity);
                break;
            case Tcp.ConnectionClosed closed:
                OnClosed(closed);
                break;
            case Terminated:
                if (_closed is null)
                {
                    throw new SimulationFailure($"{Who}: the connection has ended without a word");
                }

                Context.Stop(Self);
                break;
            default:
                OnReceived(_reader?.TryTake(message) ?? throw new SimulationFailure($"{Who}: {message} was not expected"));
                break;
        }
    }

    private void Connect()
    {
        TimeSpan? timeout = setup.World.Random.Below(2) == 0 ? TimeSpan.FromMilliseconds(1 + setup.World.Random.Below(5_000)) : null;
        Context.System.FlexTcp().Tell(new Tcp.Connect(TcpUse.EndPointOf(port), timeout: timeout, pullMode: use.IsPull));
    }

    private void OnConnectFailed(Exception? cause)
    {
        if (cause is not (SocketException or TimeoutException or FlexSocketException))
        {
            throw new SimulationFailure($"{Who}: a connect failed by {cause}");
        }

        Timers.StartSingleTimer(Pause.BeforeConnect, Pause.BeforeConnect, TimeSpan.FromMilliseconds(1 + setup.World.Random.Below(3)));
    }

    private void OnConnected(IActorRef connection)
    {
        if (_connection is not null)
        {
            throw new SimulationFailure($"{Who}: connected twice");
        }

        _connection = connection;
        Context.Watch(connection);
        _reader = new CheckedReader(setup.World, use, connection, Self, Who);
        _writer = new CheckedWriter(process, connection, Self, Who);
        if (setup.World.Random.Below(4) == 0)
        {
            // What is written before is sent then.
            SendOn();
        }

        connection.Tell(use.Register(Self, keepOpenOnPeerClosed: false));
        _isRegistered = true;
        _reader.Want();
        SendOn();
    }

    private void SendOn()
    {
        while (!_isEnding && _closed is null && _sent < talk.Bytes && _writer!.UnacknowledgedBytes < _window)
        {
            byte[] piece = new byte[(int)Math.Min(setup.World.Random.Between(1, MostPieceBytes), talk.Bytes - _sent)];
            talk.Fill(piece, _sent);
            _sent += piece.Length;
            _writer.Write(piece);
        }

        if (_isRegistered && !_isEnding && _sent == talk.Bytes && (talk.Mode == EndMode.ClientConfirmsClose || talk.ServerEndsIt))
        {
            _isEnding = true;
            _connection.Tell(Tcp.ConfirmedClose.Instance);
        }
    }

    private void OnReceived(byte[] bytes)
    {
        if (_closed is not null)
        {
            throw new SimulationFailure($"{Who}: {bytes.Length} bytes came behind {_closed}");
        }

        if (_received + bytes.Length > _sent)
        {
            throw new SimulationFailure($"{Who}: more bytes came back than were sent");
        }

        talk.Check(bytes, _received, Who);
        _received += bytes.Length;
        if (!_isEnding && _received >= talk.ClientEndsAfter)
        {
            End();
        }

        if (setup.World.Random.Below(SlowOneIn) == 0)
        {
            _reader!.Suspend();
            Timers.StartSingleTimer(Pause.Reading, Pause.Reading, TimeSpan.FromMilliseconds(setup.World.Random.Below(4)));
        }
        else if (!Timers.IsTimerActive(Pause.Reading))
        {
            _reader!.Want();
        }
    }

    private void End()
    {
        _isEnding = true;
        switch (talk.Mode)
        {
            case EndMode.ClientAborts:
                _connection.Tell(Tcp.Abort.Instance);
                break;
            case EndMode.ClientStops:
                Context.Stop(Self);
                break;
            case EndMode.ClientPoisons:
                _connection.Tell(PoisonPill.Instance);
                break;
            default:
                _connection.Tell(Tcp.Close.Instance);
                break;
        }
    }

    private void OnClosed(Tcp.ConnectionClosed closed)
    {
        if (_closed is not null)
        {
            throw new SimulationFailure($"{Who}: {closed} behind {_closed}");
        }

        _closed = closed;
        _reader!.ReleaseAll();
        Timers.CancelAll();
        setup.World.Trace($"{Who}: {closed} after {_sent} bytes sent and {_received} received");
        bool isRight = talk.Mode switch
        {
            EndMode.ClientConfirmsClose => closed is Tcp.ConfirmedClosed && _received == talk.Bytes,
            EndMode.ClientCloses => closed is Tcp.Closed && _received == talk.Bytes,
            EndMode.ClientClosesEarly => closed is Tcp.Closed,
            EndMode.ClientAborts or EndMode.ClientPoisons => closed is Tcp.Aborted,
            EndMode.ServerConfirmsClose => closed is Tcp.PeerClosed or Tcp.ConfirmedClosed && _received == talk.ServerEndsAfter,
            EndMode.ServerCloses => closed is Tcp.ErrorClosed || (closed is Tcp.PeerClosed or Tcp.ConfirmedClosed && _received == talk.ServerEndsAfter),
            EndMode.ServerAborts or EndMode.ServerStops => closed is Tcp.ErrorClosed,
            _ => false,
        };
        if (!isRight && !setup.MayFailEarly)
        {
            throw new SimulationFailure($"{Who}: {closed} after {_sent} bytes sent and {_received} received");
        }
    }
}
