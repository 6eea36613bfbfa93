using Akka.Actor;
using Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorEcho;

/// <summary>Sends a stream in pieces, compares what comes back and ends as its mode says.</summary>
internal sealed class EchoClientActor : ClientActor
{
    private const int MostPieceBytes = 2_000;

    private readonly ActorProcess _process;
    private readonly EchoSetup _setup;
    private readonly EchoTalk _talk;
    private readonly long _window;
    private long _sent;
    private long _received;
    private bool _isEnding;

    public EchoClientActor(ActorProcess process, TcpUse use, EchoSetup setup, EchoTalk talk, int port, Action ended)
        : base(process, use, port, ended)
    {
        _process = process;
        _setup = setup;
        _talk = talk;
        _window = 1 + World.Random.Below(8_000);
    }

    protected override string Who => $"{_process.Name}, {_talk}";

    // What is written before is sent when the handler is registered.
    protected override void OnConnecting()
    {
        if (World.Random.Below(4) == 0)
        {
            SendOn();
        }
    }

    protected override void OnConnected() => OnWritten();

    protected override void OnWritten()
    {
        SendOn();
        if (!_isEnding && Closed is null && _sent == _talk.Bytes && (_talk.Mode == EndMode.ClientConfirmsClose || _talk.ServerEndsIt))
        {
            _isEnding = true;
            Connection.Tell(Tcp.ConfirmedClose.Instance, Self);
        }
    }

    protected override void OnReceived(byte[] bytes)
    {
        if (_received + bytes.Length > _sent)
        {
            throw new SimulationFailure($"{Who}: more bytes came back than were sent");
        }

        _talk.Check(bytes, _received, Who);
        _received += bytes.Length;
        if (!_isEnding && _received >= _talk.ClientEndsAfter)
        {
            End();
        }
    }

    protected override void OnClosed(Tcp.ConnectionClosed closed)
    {
        bool isRight = _talk.Mode switch
        {
            EndMode.ClientConfirmsClose => closed is Tcp.ConfirmedClosed && _received == _talk.Bytes,
            EndMode.ClientCloses => closed is Tcp.Closed && _received == _talk.Bytes,
            EndMode.ClientClosesEarly => closed is Tcp.Closed,
            EndMode.ClientAborts or EndMode.ClientPoisons => closed is Tcp.Aborted,
            EndMode.ServerConfirmsClose => closed is Tcp.PeerClosed or Tcp.ConfirmedClosed && _received == _talk.ServerEndsAfter,
            EndMode.ServerCloses => closed is Tcp.ErrorClosed || (closed is Tcp.PeerClosed or Tcp.ConfirmedClosed && _received == _talk.ServerEndsAfter),
            EndMode.ServerAborts or EndMode.ServerStops => closed is Tcp.ErrorClosed,
            _ => false,
        };
        if (isRight || MayFailEarly)
        {
            return;
        }

        string what = $"{Who}: {closed} after {_sent} bytes sent and {_received} received";
        if (closed is not Tcp.ErrorClosed || _received > 0)
        {
            throw new SimulationFailure(what);
        }

        _setup.AddUnheard(what);
    }

    private void SendOn()
    {
        while (!_isEnding && Closed is null && _sent < _talk.Bytes && Writer.UnacknowledgedBytes < _window)
        {
            byte[] piece = new byte[(int)Math.Min(World.Random.Between(1, MostPieceBytes), _talk.Bytes - _sent)];
            _talk.Fill(piece, _sent);
            _sent += piece.Length;
            Writer.Write(piece);
        }
    }

    private void End()
    {
        _isEnding = true;
        switch (_talk.Mode)
        {
            case EndMode.ClientAborts:
                Connection.Tell(Tcp.Abort.Instance, Self);
                break;
            case EndMode.ClientStops:
                Context.Stop(Self);
                break;
            case EndMode.ClientPoisons:
                Connection.Tell(PoisonPill.Instance);
                break;
            default:
                Connection.Tell(Tcp.Close.Instance, Self);
                break;
        }
    }
}
