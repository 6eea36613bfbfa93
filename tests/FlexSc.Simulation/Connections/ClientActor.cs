using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Connections;

/// <summary>A client of one connection: connects until it is connected, and checks what a connection promises of messages.</summary>
internal abstract class ClientActor(ActorProcess process, TcpUse use, int port, Action ended) : UntypedActor, IWithTimers
{
    private const int SlowOneIn = 24;

    private enum Pause
    {
        BeforeConnect,
        Reading,
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected World World => process.World;

    protected IActorRef Connection { get; private set; } = ActorRefs.Nobody;

    protected CheckedReader Reader { get; private set; } = null!;

    protected CheckedWriter Writer { get; private set; } = null!;

    /// <summary>How the connection has ended.</summary>
    protected Tcp.ConnectionClosed? Closed { get; private set; }

    /// <summary>A send may fail for want of memory, which ends the connection.</summary>
    protected bool MayFailEarly => World.Kernel.Profile.NoBuffersPerMillion > 0;

    protected abstract string Who { get; }

    protected override void PreStart() => Connect();

    protected override void PostStop() => ended();

    protected sealed override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected:
                BeginConnection(Sender);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Connect } failed:
                OnConnectFailed(failed.Cause.HasValue ? failed.Cause.Value : null);
                break;
            case Pause.BeforeConnect:
                Connect();
                break;
            case Pause.Reading:
                Reader.Want();
                break;
            case Written written:
                Writer.OnAcknowledged(written);
                OnWritten();
                break;
            case Tcp.CommandFailed failed:
                Writer.OnFailed(failed);
                break;
            case TlsNegotiated when World.Options.Connect.Length > 0:
                break;
            case ActorIdentity identity:
                Reader.OnIdentity(identity);
                break;
            case Tcp.ConnectionClosed closed:
                EndConnection(closed);
                break;
            case Terminated:
                if (Closed is null && EndCheck.IsRegistered(Connection))
                {
                    throw new SimulationFailure($"{Who}: the connection has ended without a word");
                }

                Context.Stop(Self);
                break;
            default:
                Take(Reader?.TryTake(message) ?? throw new SimulationFailure($"{Who}: {message} was not expected"));
                break;
        }
    }

    /// <summary>The connection is there, and this is not yet its handler.</summary>
    protected virtual void OnConnecting()
    {
    }

    protected abstract void OnConnected();

    protected abstract void OnReceived(byte[] bytes);

    protected abstract void OnClosed(Tcp.ConnectionClosed closed);

    protected virtual void OnWritten()
    {
    }

    private void Connect()
    {
        TimeSpan? timeout = World.Random.Below(2) == 0 ? TimeSpan.FromMilliseconds(1 + World.Random.Below(5_000)) : null;
        Context.System.FlexTcp().Tell(new Tcp.Connect(World.EndPointOf(port), options: World.Options.Connect, timeout: timeout, pullMode: use.IsPull));
    }

    private void OnConnectFailed(Exception? cause)
    {
        if (!TcpUse.IsConnectFailure(cause))
        {
            throw new SimulationFailure($"{Who}: a connect failed by {cause}");
        }

        Timers.StartSingleTimer(Pause.BeforeConnect, Pause.BeforeConnect, TimeSpan.FromMilliseconds(1 + World.Random.Below(3)));
    }

    private void BeginConnection(IActorRef connection)
    {
        if (!Connection.IsNobody())
        {
            throw new SimulationFailure($"{Who}: connected twice");
        }

        Connection = connection;
        Context.Watch(connection);
        Reader = new CheckedReader(World, use, connection, Self, Who);
        Writer = new CheckedWriter(process, connection, Self, Who);
        OnConnecting();
        connection.Tell(use.Register(Self, keepOpenOnPeerClosed: false));
        Reader.Want();
        OnConnected();
    }

    private void Take(byte[] bytes)
    {
        if (Closed is not null)
        {
            throw new SimulationFailure($"{Who}: {bytes.Length} bytes came behind {Closed}");
        }

        OnReceived(bytes);

        // A slow one stops reading for a while now and then.
        if (World.Random.Below(SlowOneIn) == 0)
        {
            Reader.Suspend();
            Timers.StartSingleTimer(Pause.Reading, Pause.Reading, TimeSpan.FromMilliseconds(World.Random.Below(4)));
        }
        else if (!Timers.IsTimerActive(Pause.Reading))
        {
            Reader.Want();
        }
    }

    private void EndConnection(Tcp.ConnectionClosed closed)
    {
        if (Closed is not null)
        {
            throw new SimulationFailure($"{Who}: {closed} behind {Closed}");
        }

        Closed = closed;
        Reader.ReleaseAll();
        Timers.CancelAll();
        World.Trace($"{Who}: {closed}");
        OnClosed(closed);
    }
}
