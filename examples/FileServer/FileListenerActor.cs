using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.FileServer;

/// <summary>Listens on an address and gives each connection its actor.</summary>
internal sealed class FileListenerActor : ReceiveActor
{
    public FileListenerActor(FileServerContext context, EndPoint endPoint, TaskCompletionSource<EndPoint> bound)
    {
        context.Io.Manager.Tell(new Tcp.Bind(
            Self, endPoint, context.Options.Backlog, SocketIo.ListenerOptions(context.Options, endPoint, "http/1.1")));
        Receive<Tcp.Bound>(message => bound.TrySetResult(message.LocalAddress));
        Receive<Tcp.CommandFailed>(message =>
            bound.TrySetException(new ListenException(endPoint, message.Cause.HasValue ? message.Cause.Value : null)));
        Receive<Tcp.Connected>(_ =>
        {
            IActorRef connection = Sender;
            if (context.Counters.Connections.Value >= context.Options.MaxConnections)
            {
                connection.Tell(Tcp.Abort.Instance);
                return;
            }

            // Counted here: the next connection is decided on before the handler has begun.
            context.Counters.Connections.Add(1);
            IActorRef handler = Context.ActorOf(context.Io.Place(Props.Create(() => new FileConnectionActor(context, connection))));

            // The peer's half-close may follow a request whose answer is still to come.
            connection.Tell(new Tcp.Register(handler, keepOpenOnPeerClosed: true));
        });
    }

    // A handler that failed has lost its place in the byte stream: its connection ends with it.
    protected override SupervisorStrategy SupervisorStrategy() => global::Akka.Actor.SupervisorStrategy.StoppingStrategy;
}
