using System.Net;
using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Ends listening. The connections that are open are reset, so it comes last.</summary>
/// <param name="Unbound">Ends when the port is free.</param>
internal sealed record StopListening(TaskCompletionSource Unbound) : INoSerializationVerificationNeeded;

/// <summary>Binds the port and gives each accepted connection its actor.</summary>
internal sealed class HttpListenerActor : UntypedActor
{
    private readonly ConnectionContext _context;
    private readonly TaskCompletionSource<IPEndPoint> _bound;
    private TaskCompletionSource? _unbound;
    private IActorRef _listener = ActorRefs.Nobody;

    public HttpListenerActor(ConnectionContext context, TaskCompletionSource<IPEndPoint> bound)
    {
        _context = context;
        _bound = bound;
    }

    protected override void PreStart()
    {
        HttpServerOptions options = _context.Options;
        _context.Io.Tcp.Tell(new Tcp.Bind(Self, new IPEndPoint(options.Host, options.Port), options.Backlog));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected:
                OnConnected(Sender);
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

    private void OnConnected(IActorRef connection)
    {
        if (_context.Stopping.IsCancellationRequested)
        {
            connection.Tell(Tcp.Abort.Instance, Self);
            return;
        }

        if (_context.Counters.Connections.Value >= _context.Options.MaxConnections)
        {
            _context.Log.Warning("refused a connection: {0} are open, the limit of --max-connections", _context.Options.MaxConnections);
            connection.Tell(Tcp.Abort.Instance, Self);
            return;
        }

        // The handler counts down: here the next connection is decided on before the handler has begun.
        _context.Counters.Connections.Add(1);
        IActorRef handler = Context.ActorOf(_context.Io.Place(Props.CreateBy(new ConnectionProducer(_context, connection))));
        connection.Tell(_context.Io.Register(handler), Self);
    }

    private void OnBindFailed(Tcp.CommandFailed failed)
    {
        HttpServerOptions options = _context.Options;
        string cause = failed.Cause.HasValue ? failed.Cause.Value.Message : "no cause was given";
        _bound.TrySetException(new IOException($"cannot listen on {options.Host}:{options.Port}: {cause}"));
    }

    private sealed class ConnectionProducer(ConnectionContext context, IActorRef connection) : IIndirectActorProducer
    {
        public Type ActorType => typeof(HttpConnectionActor);

        public ActorBase Produce() => new HttpConnectionActor(context, connection);

        public void Release(ActorBase actor)
        {
        }
    }
}
