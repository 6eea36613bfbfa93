using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Binds the port and gives each accepted connection an actor.</summary>
internal sealed class KvListenerActor : UntypedActor
{
    private readonly KvServerContext _server;
    private readonly EndPoint _endPoint;
    private readonly TaskCompletionSource<EndPoint> _bound;

    public KvListenerActor(KvServerContext server, EndPoint endPoint, TaskCompletionSource<EndPoint> bound)
    {
        _server = server;
        _endPoint = endPoint;
        _bound = bound;
    }

    protected override void PreStart() =>
        _server.Io.Manager.Tell(new Tcp.Bind(Self, _endPoint, _server.Options.Backlog, SocketIo.ListenerOptions(_server.Options, _endPoint)));

    // A handler that failed cannot know how much of a request it consumed: it ends, and its connection with it.
    protected override SupervisorStrategy SupervisorStrategy() => global::Akka.Actor.SupervisorStrategy.StoppingStrategy;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                Accept(Sender, new ConnectionAddresses(connected.RemoteAddress, connected.LocalAddress));
                break;
            case Tcp.Bound bound:
                _server.Counters.AddListener(bound.LocalAddress);
                _bound.TrySetResult(bound.LocalAddress);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind } failed:
                _bound.TrySetException(new ListenException(_endPoint, failed.Cause.HasValue ? failed.Cause.Value : null));
                Context.Stop(Self);
                break;
            case Tcp.CommandFailed failed:
                Context.GetLogger().Debug("{0} on a refused connection failed: {1}", failed.Cmd, failed.CauseString);
                break;
            case Tcp.ConnectionClosed:
                // A connection refused for their number; those in service report to their own actors.
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void Accept(IActorRef connection, ConnectionAddresses addresses)
    {
        if (!_server.Counters.TryAdmit(_server.Options.MaxConnections))
        {
            Refuse(connection);
            return;
        }

        IActorRef handler = Context.ActorOf(_server.Io.Place(Props.CreateBy(new ConnectionProducer(connection, addresses, _server))));
        
        // Open until the handler closes: what came in before the peer's end is answered after it.
        connection.Tell(_server.Options.Messages == MessageMode.Pooled
            ? new RegisterPooled(handler, keepOpenOnPeerClosed: true)
            : new Tcp.Register(handler, keepOpenOnPeerClosed: true));
    }

    private void Refuse(IActorRef connection)
    {
        connection.Tell(new Tcp.Register(Self));
        connection.Tell(Tcp.Write.Create(ByteString.FromBytes(Replies.TooManyConnections.ToArray())));
        connection.Tell(Tcp.Close.Instance);
    }

    /// <summary>Makes the handler without the reflection that Props by type costs each accepted connection.</summary>
    private sealed class ConnectionProducer(IActorRef connection, ConnectionAddresses addresses, KvServerContext server) : IIndirectActorProducer
    {
        public Type ActorType => typeof(KvConnectionActor);

        public ActorBase Produce() => new KvConnectionActor(connection, addresses, server);

        public void Release(ActorBase actor)
        {
            // The actor holds nothing that its PostStop does not give back.
        }
    }
}
