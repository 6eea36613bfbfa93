using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorStorm;

/// <summary>
/// Connects, again and again, until it was greeted with its one byte. Every connect has one answer; some are given up by their time
/// limit, some connections are aborted or left without a handler.
/// </summary>
internal sealed class StormClientActor(World world, TcpUse use, int port, Action ended) : UntypedActor, IWithTimers
{
    private const int MostTimeoutMs = 20;
    private const int MostPauseMs = 3;
    private const string Again = nameof(Again);

    private IActorRef _connection = ActorRefs.Nobody;
    private CheckedReader? _reader;
    private bool _isConnecting;
    private bool _isGreeted;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Connect();

    protected override void PostStop() => ended();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected:
                EndConnecting();
                OnConnected(Sender);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Connect } failed:
                EndConnecting();
                if (!failed.Cause.HasValue || !TcpUse.IsConnectFailure(failed.Cause.Value))
                {
                    throw new SimulationFailure($"a connect failed by {failed.Cause}");
                }

                ConnectLater();
                break;
            case Again:
                Connect();
                break;
            case Tcp.ConnectionClosed:
                _reader!.ReleaseAll();
                break;
            case Terminated:
                OnTerminated();
                break;
            default:
                OnReceived(_reader?.TryTake(message) ?? throw new SimulationFailure($"{message} was not expected"));
                break;
        }
    }

    private void Connect()
    {
        _isConnecting = true;
        TimeSpan? timeout = world.Random.Below(4) == 0 ? TimeSpan.FromMilliseconds(world.Random.Below(MostTimeoutMs)) : null;
        Context.System.FlexTcp().Tell(new Tcp.Connect(world.EndPointOf(port), timeout: timeout, pullMode: use.IsPull), Self);
    }

    private void EndConnecting()
    {
        if (!_isConnecting)
        {
            throw new SimulationFailure("a connect was answered twice");
        }

        _isConnecting = false;
    }

    private void ConnectLater() => Timers.StartSingleTimer(Again, Again, TimeSpan.FromMilliseconds(world.Random.Below(MostPauseMs)));

    private void OnConnected(IActorRef connection)
    {
        _connection = connection;
        Context.Watch(connection);
        _reader = new CheckedReader(world, use, connection, Self, "a client");
        switch (world.Random.Below(8))
        {
            case 0:
                connection.Tell(Tcp.Abort.Instance, Self);
                break;
            case 1:
                connection.Tell(Tcp.Close.Instance, Self);
                break;
            default:
                connection.Tell(use.Register(Self, keepOpenOnPeerClosed: false), Self);
                _reader.Want();
                break;
        }
    }

    private void OnReceived(byte[] bytes)
    {
        if (_isGreeted || bytes is not [StormGreeter.Greeting])
        {
            throw new SimulationFailure($"{bytes.Length} bytes came that are no greeting");
        }

        _isGreeted = true;
        _connection.Tell(world.Random.Below(2) == 0 ? Tcp.Close.Instance : Tcp.ConfirmedClose.Instance, Self);
    }

    private void OnTerminated()
    {
        _connection = ActorRefs.Nobody;
        if (_isGreeted)
        {
            Context.Stop(Self);
        }
        else
        {
            ConnectLater();
        }
    }
}
