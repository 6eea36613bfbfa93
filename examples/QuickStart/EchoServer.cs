using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Examples.QuickStart;

/// <summary>Listens, and gives each connection an actor that sends back what comes in. Nothing in it knows of FlexSC.</summary>
internal sealed class EchoServer : ReceiveActor
{
    public EchoServer(IPEndPoint endPoint, TaskCompletionSource<EndPoint> bound)
    {
        Context.System.Tcp().Tell(new Tcp.Bind(Self, endPoint));
        Receive<Tcp.Bound>(message =>
        {
            // The path tells who serves: /system/IO-TCP/... is Akka.IO, /system/IO-FLEXSC-TCP/... is FlexSC.
            Console.WriteLine($"sockets are served by {Sender.Path.ToStringWithoutAddress()}");
            bound.SetResult(message.LocalAddress);
        });
        Receive<Tcp.CommandFailed>(message =>
            bound.TrySetException(new IOException($"cannot listen on {endPoint}: {message.CauseString}")));
        Receive<Tcp.Connected>(_ =>
        {
            IActorRef connection = Sender;
            connection.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new EchoConnection(connection)))));
        });
    }
}

/// <summary>One connection.</summary>
internal sealed class EchoConnection : ReceiveActor
{
    public EchoConnection(IActorRef connection)
    {
        Receive<Tcp.Received>(message => connection.Tell(Tcp.Write.Create(message.Data)));
        Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
    }
}
