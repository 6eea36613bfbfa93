using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Examples.Observed;

/// <summary>Sends back what it is sent. It knows Akka.IO alone.</summary>
internal sealed class EchoServer : ReceiveActor, IWithStash
{
    /// <param name="port">Port to listen on; 0 lets the kernel pick one.</param>
    public EchoServer(int port)
    {
        Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Any, port)));
        Receive<Tcp.Bound>(bound =>
        {
            Become(() => Serving(bound.LocalAddress));
            Stash.UnstashAll();
        });

        // The supervisor would try again, and the port would still be another's.
        Receive<Tcp.CommandFailed>(failed =>
        {
            Console.Error.WriteLine($"error: {failed.CauseString}");
            Context.System.Terminate();
        });
        Receive<WhereAreYou>(_ => Stash.Stash());
    }

    /// <summary>Set by Akka.NET.</summary>
    public IStash Stash { get; set; } = null!;

    private void Serving(EndPoint address)
    {
        Receive<WhereAreYou>(_ => Sender.Tell(address.ToString()!));
        Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(Context.ActorOf(Props.Create(static () => new Echo())))));
    }

    /// <summary>Asks for the address, which is answered as text once it is known.</summary>
    public sealed class WhereAreYou
    {
        private WhereAreYou()
        {
        }

        /// <summary>The only one.</summary>
        public static WhereAreYou Instance { get; } = new();
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo()
        {
            Receive<Tcp.Received>(received => Sender.Tell(Tcp.Write.Create(received.Data)));
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }
    }
}
