using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Actors;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Proxy;

/// <summary>
/// A connection of a client and the one to the server that belongs to it. What comes on one is written to the other; a side is read on
/// when the other one has taken most of it. The end of a direction is passed on, and an error ends both.
/// </summary>
internal sealed class ProxyHandler : UntypedActor, IWithTimers
{
    private const string Reconnect = nameof(Reconnect);

    private readonly ProxySetup _setup;
    private readonly Side _client;
    private readonly Side _server;

    public ProxyHandler(ProxySetup setup, IActorRef client)
    {
        _setup = setup;
        _client = new Side(setup, "the proxy's client");
        _server = new Side(setup, "the proxy's server");
        _client.Begin(client, Self);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Context.Watch(_client.Connection);
        Connect();
    }

    protected override void PostStop() => _setup.Listener.Handlers--;

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
            case Reconnect:
                Connect();
                break;
            case Terminated terminated:
                OnTerminated(terminated.ActorRef);
                break;
            case Written written:
                SideOf(Sender).Writer.OnAcknowledged(written);
                ReadOn(OtherOf(Sender), SideOf(Sender));
                break;
            case Tcp.CommandFailed failed:
                SideOf(Sender).Writer.OnFailed(failed);
                break;
            case ActorIdentity identity:
                SideOf(Sender).Reader.OnIdentity(identity);
                break;
            case Tcp.PeerClosed:
                OnPeerClosed(SideOf(Sender), OtherOf(Sender));
                break;
            case Tcp.ConnectionClosed closed:
                OnClosed(SideOf(Sender), OtherOf(Sender), closed);
                break;
            default:
                OnReceived(SideOf(Sender), OtherOf(Sender), message);
                break;
        }
    }

    private Side SideOf(IActorRef connection) => connection.Equals(_client.Connection) ? _client
        : connection.Equals(_server.Connection) ? _server
        : throw new SimulationFailure($"proxy: {connection} is no connection of its own");

    private Side OtherOf(IActorRef connection) => SideOf(connection) == _client ? _server : _client;

    private void Connect() =>
        Context.System.FlexTcp().Tell(new Tcp.Connect(_setup.World.EndPointOf(_setup.ServerPort), pullMode: _setup.Use.IsPull), Self);

    private void OnConnectFailed(Exception? cause)
    {
        if (!TcpUse.IsConnectFailure(cause))
        {
            throw new SimulationFailure($"proxy: a connect failed by {cause}");
        }

        Timers.StartSingleTimer(Reconnect, Reconnect, TimeSpan.FromMilliseconds(1));
    }

    private void OnConnected(IActorRef server)
    {
        _server.Begin(server, Self);
        Context.Watch(server);
        foreach (Side side in new[] { _client, _server })
        {
            side.Connection.Tell(_setup.Use.Register(Self, keepOpenOnPeerClosed: true), Self);
            side.Reader.Want();
        }
    }

    private void OnReceived(Side from, Side to, object message)
    {
        byte[] bytes = from.Reader.TryTake(message) ?? throw new SimulationFailure($"proxy: {message} was not expected");
        if (from.Closed is not null || from.PeerHasClosed)
        {
            throw new SimulationFailure($"{from.Name}: {bytes.Length} bytes came behind the end");
        }

        if (to.Closed is null)
        {
            to.Writer.Write(bytes);
        }

        // One reception at a time, and none as long as more than half of the bound waits.
        if (_setup.Use.IsPull && to.Writer.UnacknowledgedBytes > _setup.MostHeldBytes + _setup.ReceiveBufferBytes)
        {
            throw new SimulationFailure($"{from.Name}: {to.Writer.UnacknowledgedBytes} bytes are held");
        }

        ReadOn(from, to);
    }

    private void ReadOn(Side from, Side to)
    {
        if (from.PeerHasClosed || from.Closed is not null)
        {
            return;
        }

        // What goes nowhere is read for the sake of the end behind it.
        if (to.Closed is not null || to.Writer.UnacknowledgedBytes <= _setup.MostHeldBytes / 2)
        {
            from.Reader.Want();
        }
        else if (to.Writer.UnacknowledgedBytes > _setup.MostHeldBytes)
        {
            from.Reader.Suspend();
        }
    }

    private void OnPeerClosed(Side from, Side to)
    {
        if (from.PeerHasClosed || from.Closed is not null)
        {
            throw new SimulationFailure($"{from.Name}: a second end");
        }

        from.PeerHasClosed = true;
        if (to.Closed is null)
        {
            EndOutput(to, from);
        }
        else
        {
            from.Connection.Tell(Tcp.Close.Instance, Self);
        }
    }

    /// <summary>Nothing more is to be written to a side.</summary>
    private void EndOutput(Side side, Side other)
    {
        if (side.PeerHasClosed)
        {
            // Both directions are over now, and so are those of the other one.
            side.Connection.Tell(Tcp.Close.Instance, Self);
            if (other.Closed is null)
            {
                other.Connection.Tell(Tcp.Close.Instance, Self);
            }
        }
        else
        {
            side.Connection.Tell(Tcp.ConfirmedClose.Instance, Self);
        }
    }

    private void OnClosed(Side side, Side other, Tcp.ConnectionClosed closed)
    {
        if (side.Closed is not null)
        {
            throw new SimulationFailure($"{side.Name}: {closed} behind {side.Closed}");
        }

        side.Closed = closed;
        side.Reader.ReleaseAll();
        _setup.World.Trace($"{side.Name}: {closed}");
        if (other.Closed is not null || other.Connection.IsNobody())
        {
            return;
        }

        switch (closed)
        {
            case Tcp.ErrorClosed or Tcp.Aborted:
                other.Connection.Tell(Tcp.Abort.Instance, Self);
                break;
            case Tcp.ConfirmedClosed:
                // The end of its peer came behind our own: it has to be passed on.
                EndOutput(other, side);
                break;
        }
    }

    private void OnTerminated(IActorRef connection)
    {
        Side side = SideOf(connection);
        if (_server.Connection.IsNobody())
        {
            // The client's connection, which waits for its registration until there is one to the server.
            _setup.Server.GivenUp++;
        }
        else if (side.Closed is null)
        {
            throw new SimulationFailure($"{side.Name}: the connection has ended without a word");
        }

        side.HasTerminated = true;
        if ((_server.Connection.IsNobody() || _server.HasTerminated) && _client.HasTerminated)
        {
            Context.Stop(Self);
        }
    }

    /// <summary>One of the two connections.</summary>
    private sealed class Side(ProxySetup setup, string name)
    {
        public string Name => name;

        public IActorRef Connection { get; private set; } = ActorRefs.Nobody;

        public CheckedReader Reader { get; private set; } = null!;

        public CheckedWriter Writer { get; private set; } = null!;

        public bool PeerHasClosed { get; set; }

        public Tcp.ConnectionClosed? Closed { get; set; }

        public bool HasTerminated { get; set; }

        public void Begin(IActorRef connection, IActorRef self)
        {
            Connection = connection;
            Reader = new CheckedReader(setup.World, setup.Use, connection, self, name);
            Writer = new CheckedWriter(setup.Process, connection, self, name);
        }
    }
}
