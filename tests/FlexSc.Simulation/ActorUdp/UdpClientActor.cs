using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>What a client has.</summary>
internal enum ClientSocket
{
    /// <summary>One that is connected to the server.</summary>
    Connected,

    /// <summary>One with an address of its own.</summary>
    Bound,

    /// <summary>One that only sends.</summary>
    Simple,
}

/// <summary>Sends bursts of datagrams to a server, checks what comes, and ends its socket in one of several ways, up to three times.</summary>
internal sealed class UdpClientActor(DatagramUse use, ClientSocket kind, EndPoint server, EndPoint local, int rounds, Action ended)
    : UntypedActor, IWithTimers
{
    private const int MostDatagrams = 60;
    private const int MostBurst = 16;
    private const int MostUsualBytes = 40;
    private const int MostBytes = 1_500;
    private const string Open = nameof(Open);
    private const string Burst = nameof(Burst);
    private const string Resume = nameof(Resume);

    private readonly World _world = use.World;
    private IActorRef _socket = ActorRefs.Nobody;
    private CheckedSender? _sender;
    private CheckedReceiver? _receiver;
    private int _rounds = rounds;
    private int _left;

    public ITimerScheduler Timers { get; set; } = null!;

    private bool IsConnected => kind == ClientSocket.Connected;

    private string Who => $"{use.Process.Name}, {kind} {Self.Path.Name}";

    protected override void PreStart() => OpenSocket();

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Udp.Bound or UdpConnected.Connected or Udp.SimpleSenderReady:
                OnOpened(Sender);
                break;
            case Udp.CommandFailed { Cmd: Udp.Bind or Udp.SimpleSender } or UdpConnected.CommandFailed { Cmd: UdpConnected.Connect }:
                OnOpenFailed();
                break;
            case Open:
                OpenSocket();
                break;
            case Burst:
                SendBurst();
                break;
            case Resume:
                _receiver?.Resume();
                break;
            case ActorIdentity identity:
                _receiver?.OnIdentity(identity);
                break;
            case DatagramSent ack:
                _sender!.OnAcknowledged(ack);
                break;
            case Udp.CommandFailed failed:
                _sender!.OnFailed(failed.Cmd);
                break;
            case UdpConnected.CommandFailed failed:
                _sender!.OnFailed(failed.Cmd);
                break;
            case Udp.Unbound or UdpConnected.Disconnected:
                break;
            case DatagramNotDelivered told when use.ReportsErrors:
                _sender!.OnNotDelivered(told);
                break;
            case DatagramTruncated when use.ReportsErrors:
                break;
            case Terminated:
                OnTerminated();
                break;
            default:
                Take(_receiver?.TryTake(message) ?? throw new SimulationFailure($"{Who}: {message} was not expected"));
                break;
        }
    }

    private void OpenSocket()
    {
        IActorRef manager = IsConnected ? Context.System.FlexUdpConnected() : Context.System.FlexUdp();
        manager.Tell(kind switch
        {
            ClientSocket.Connected => new UdpConnected.Connect(
                Self, server, server is IPEndPoint && _world.Random.Below(2) == 0 ? null : local, use.Options),
            ClientSocket.Bound => new Udp.Bind(Self, local, use.Options),
            _ => new Udp.SimpleSender(use.Options),
        });
    }

    private void OnOpenFailed()
    {
        bool mayFail = _world.Kernel.Profile.TooManyFilesPerMillion > 0 || (IsConnected && server is not IPEndPoint);
        if (!mayFail)
        {
            throw new SimulationFailure($"{Who}: it has got no socket");
        }

        Timers.StartSingleTimer(Open, Open, TimeSpan.FromMilliseconds(1));
    }

    private void OnOpened(IActorRef socket)
    {
        _socket = socket;
        Context.Watch(socket);
        _sender = new CheckedSender(use, socket, Self, IsConnected, Who);
        _receiver = new CheckedReceiver(use, _sender, socket, Self, IsConnected, Who);
        _left = _world.Random.Below(MostDatagrams);
        SendBurst();
    }

    private void SendBurst()
    {
        for (int burst = 1 + _world.Random.Below(MostBurst); burst > 0 && _left > 0; burst--)
        {
            _left--;
            _sender!.Send(server, _world.Random.Below(_world.Random.Below(8) == 0 ? MostBytes : MostUsualBytes));
        }

        if (_left == 0 && _world.Random.Below(4) == 0)
        {
            End();
        }
        else
        {
            Timers.StartSingleTimer(Burst, Burst, TimeSpan.FromMilliseconds(_world.Random.Below(4)));
        }
    }

    private void Take(TakenDatagram taken)
    {
        _receiver!.Keep(taken);
        if (_world.Random.Below(24) == 0)
        {
            _receiver.Suspend();
            Timers.StartSingleTimer(Resume, Resume, TimeSpan.FromMilliseconds(_world.Random.Below(4)));
        }
    }

    private void End()
    {
        use.Tally.HasLeftSome = true;
        _sender!.IsEnding = true;
        switch (_world.Random.Below(4))
        {
            case 0:
            case 1 when kind == ClientSocket.Simple:
                _socket.Tell(PoisonPill.Instance);
                break;
            case 1 when _sender.Unanswered == 0:
                // The socket ends with its handler.
                Context.Stop(Self);
                break;
            default:
                object end = kind switch
                {
                    ClientSocket.Connected => UdpConnected.Disconnect.Instance,
                    ClientSocket.Bound => Udp.Unbind.Instance,
                    _ => PoisonPill.Instance,
                };
                _socket.Tell(end, Self);
                break;
        }
    }

    private void OnTerminated()
    {
        if (!_sender!.IsEnding)
        {
            throw new SimulationFailure($"{Who}: the socket has ended by itself");
        }

        _sender.OnTerminated();
        _receiver!.ReleaseAll();
        Timers.CancelAll();
        if (_rounds-- > 0)
        {
            OpenSocket();
        }
        else
        {
            Context.Stop(Self);
        }
    }
}
