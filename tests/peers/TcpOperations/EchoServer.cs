using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Peers.TcpOperations;

/// <summary>Sends back what comes, on every connection.</summary>
internal sealed class EchoServer : ReceiveActor
{
    public EchoServer(TaskCompletionSource<IPEndPoint> bound)
    {
        Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
        Receive<Tcp.Bound>(message => bound.SetResult((IPEndPoint)message.LocalAddress));
        Receive<Tcp.CommandFailed>(message => bound.TrySetException(new IOException(message.ToString())));
        Receive<Tcp.Connected>(_ =>
        {
            IActorRef connection = Sender;
            connection.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new EchoConnection(connection)))));
        });
    }
}

internal sealed class EchoConnection : ReceiveActor
{
    public EchoConnection(IActorRef connection)
    {
        Receive<Tcp.Received>(message => connection.Tell(Tcp.Write.Create(message.Data)));
        Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
    }
}
