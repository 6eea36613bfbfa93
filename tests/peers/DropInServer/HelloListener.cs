using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Peers.DropIn;

/// <summary>Listens, and gives each connection an actor that answers requests.</summary>
internal sealed class HelloListener : ReceiveActor
{
    private const int Backlog = 1024;

    public HelloListener(IPEndPoint endPoint, Counters counters, TaskCompletionSource<EndPoint> bound)
    {
        HelloResponse response = new("Akka.IO");
        Context.System.Tcp().Tell(new Tcp.Bind(Self, endPoint, Backlog));
        Receive<Tcp.Bound>(message => bound.SetResult(message.LocalAddress));
        Receive<Tcp.CommandFailed>(message => bound.TrySetException(new IOException(message.ToString())));
        Receive<Tcp.Connected>(_ =>
        {
            IActorRef connection = Sender;
            connection.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new HelloConnection(connection, response, counters)))));
        });
    }
}

/// <summary>Answers each request head with the same bytes; what asks for anything else is not told apart.</summary>
internal sealed class HelloConnection : ReceiveActor
{
    private static readonly byte[] HeadEnd = "\r\n\r\n"u8.ToArray();

    private readonly Counters _counters;
    private ByteString _partial = ByteString.Empty;

    public HelloConnection(IActorRef connection, HelloResponse response, Counters counters)
    {
        _counters = counters;
        counters.Opened();
        Receive<Tcp.Received>(message =>
        {
            for (int heads = TakeHeads(message.Data); heads > 0; heads--)
            {
                counters.Answered();
                connection.Tell(Tcp.Write.Create(ByteString.FromBytes(response.Current)));
            }
        });
        Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
    }

    protected override void PostStop() => _counters.Closed();

    private int TakeHeads(ByteString data)
    {
        ByteString all = _partial.IsEmpty ? data : _partial + data;
        ReadOnlySpan<byte> bytes = all.ToArray();
        int heads = 0;
        int start = 0;
        while (bytes[start..].IndexOf(HeadEnd) is >= 0 and int end)
        {
            start += end + HeadEnd.Length;
            heads++;
        }

        _partial = all.Slice(start);
        return heads;
    }
}

/// <summary>What all connections count together. From any thread.</summary>
internal sealed class Counters
{
    private long _requests;
    private long _connections;

    public PeerCounts Read() => new(Interlocked.Read(ref _requests), Interlocked.Read(ref _connections));

    public void Opened() => Interlocked.Increment(ref _connections);

    public void Closed() => Interlocked.Decrement(ref _connections);

    public void Answered() => Interlocked.Increment(ref _requests);
}
