using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Ends listening. The connections that are open are reset, so it comes last.</summary>
/// <param name="Unbound">Ends when the port is free.</param>
internal sealed record StopListening(TaskCompletionSource Unbound) : INoSerializationVerificationNeeded;

/// <summary>Binds the port and gives each accepted connection its actor.</summary>
internal sealed class HttpListenerActor : UntypedActor
{
    private readonly ConnectionContext _context;
    private readonly IPEndPoint _endPoint;
    private readonly TaskCompletionSource<IPEndPoint> _bound;
    private TaskCompletionSource? _unbound;
    private IActorRef _listener = ActorRefs.Nobody;

    public HttpListenerActor(ConnectionContext context, IPEndPoint endPoint, TaskCompletionSource<IPEndPoint> bound)
    {
        _context = context;
        _endPoint = endPoint;
        _bound = bound;
    }

    protected override void PreStart()
    {
        _context.Io.Sockets.Manager.Tell(new Tcp.Bind(Self, _endPoint, _context.Options.Backlog, _context.Io.ListenerOptions));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected connected:
                OnConnected(Sender, connected.RemoteAddress);
                break;
            case Tcp.Bound bound:
                _listener = Sender;
                _bound.TrySetResult((IPEndPoint)bound.LocalAddress);
                break;
            case Tcp.CommandFailed { Cmd: Tcp.Bind } failed:
                OnBindFailed(failed);
                break;
            case StopListening stop:
                _unbound = stop.Unbound;
                _listener.Tell(Tcp.Unbind.Instance, Self);
                break;
            case Tcp.Unbound:
                _unbound!.TrySetResult();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A handler that failed has lost its place in the byte stream: its connection ends with it.
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(_ => Directive.Stop);

    private void OnConnected(IActorRef connection, EndPoint remote)
    {
        SocketView socket = _context.Io.ViewOf(connection, remote);
        // The handler counts down: here the next connection is decided on before the handler has begun.
        if (!_context.Admission.TryAdmit())
        {
            connection.Tell(Tcp.Abort.Instance, Self);
            return;
        }

        IActorRef handler = Context.ActorOf(_context.Io.Sockets.Place(Props.CreateBy(new ConnectionProducer(_context, connection, socket))));
        connection.Tell(_context.Io.Register(handler), Self);
    }

    private void OnBindFailed(Tcp.CommandFailed failed)
    {
        string cause = failed.Cause.HasValue ? failed.Cause.Value.Message : "no cause was given";
        _bound.TrySetException(new IOException($"cannot listen on {_endPoint}: {cause}"));
    }

    private sealed class ConnectionProducer(ConnectionContext context, IActorRef connection, SocketView socket) : IIndirectActorProducer
    {
        public Type ActorType => typeof(HttpConnectionActor);

        public ActorBase Produce() => new HttpConnectionActor(context, connection, socket);

        public void Release(ActorBase actor)
        {
        }
    }
}
