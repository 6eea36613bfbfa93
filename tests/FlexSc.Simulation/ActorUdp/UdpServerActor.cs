using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>Receives what comes to an address, answers most of it, and reads more slowly now and then.</summary>
internal sealed class UdpServerActor(DatagramUse use, ListenerState state, EndPoint local, Action ended) : UntypedActor, IWithTimers
{
    private const int MostAnswerBytes = 40;
    private const string Resume = nameof(Resume);

    private IActorRef _socket = ActorRefs.Nobody;
    private CheckedSender? _sender;
    private CheckedReceiver? _receiver;

    public ITimerScheduler Timers { get; set; } = null!;

    private string Who => use.Process.Name;

    protected override void PreStart() => Bind();

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Udp.Bound:
                OnBound(Sender);
                break;
            case Udp.CommandFailed { Cmd: Udp.Bind }:
                Timers.StartSingleTimer(nameof(Bind), ListenerCommand.Start, TimeSpan.FromMilliseconds(1));
                break;
            case ListenerCommand.Start:
                Bind();
                break;
            case ListenerCommand.Stop:
                Unbind();
                break;
            case Udp.Unbound:
                state.IsBound = false;
                break;
            case Terminated:
                OnTerminated();
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
            case DatagramNotDelivered told when use.ReportsErrors:
                _sender!.OnNotDelivered(told);
                break;
            case DatagramTruncated when use.ReportsErrors:
                break;
            default:
                Answer(_receiver?.TryTake(message) ?? throw new SimulationFailure($"{Who}: {message} was not expected"));
                break;
        }
    }

    private void Bind() => Context.System.FlexUdp().Tell(new Udp.Bind(Self, local, use.Options));

    private void OnBound(IActorRef socket)
    {
        _socket = socket;
        Context.Watch(socket);
        _sender = new CheckedSender(use, socket, Self, isConnected: false, Who);
        _receiver = new CheckedReceiver(use, _sender, socket, Self, isConnected: false, Who);
        use.Tally.Lasting = _sender.Native;
        state.IsBound = true;
    }

    private void Unbind()
    {
        use.Tally.HasLeftSome = true;
        _sender!.IsEnding = true;
        _socket.Tell(Udp.Unbind.Instance, Self);
    }

    private void OnTerminated()
    {
        if (state.IsBound)
        {
            throw new SimulationFailure($"{Who}: the socket has ended by itself");
        }

        _sender!.OnTerminated();
        _receiver!.ReleaseAll();
        Timers.CancelAll();
    }

    private void Answer(TakenDatagram taken)
    {
        World world = use.World;
        EndPoint? sender = taken.Sender;
        if (sender is not null && !_sender!.IsEnding && world.Random.Below(4) > 0)
        {
            _sender.Send(sender, world.Random.Below(MostAnswerBytes), taken.Pooled);
        }

        _receiver!.Keep(taken);
        if (world.Random.Below(24) == 0)
        {
            _receiver.Suspend();
            Timers.StartSingleTimer(Resume, Resume, TimeSpan.FromMilliseconds(world.Random.Below(4)));
        }
    }
}
