using System.Net;
using System.Security.Cryptography;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;

namespace FlexSc.Peers.PlacementLoads;

/// <summary>Listens, and gives each connection an actor.</summary>
internal sealed class LoadListener : ReceiveActor
{
    private const int Backlog = 1024;

    public LoadListener(IPEndPoint endPoint, string directory, Counters counters, TaskCompletionSource<EndPoint> bound)
    {
        HelloResponse response = new("FlexSC");
        int connections = 0;
        Context.System.FlexTcp().Tell(new Tcp.Bind(Self, endPoint, Backlog));
        Receive<Tcp.Bound>(message => bound.SetResult(message.LocalAddress));
        Receive<Tcp.CommandFailed>(message => bound.TrySetException(new IOException(message.ToString())));
        Receive<Tcp.Connected>(_ =>
        {
            IActorRef connection = Sender;
            string file = Path.Combine(directory, $"{++connections}");
            connection.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new LoadConnection(connection, response, file, counters)))));
        });
    }
}

/// <summary>Answers each request with the same bytes, after what its path asks for: nothing, blocking file calls, or computing.</summary>
internal sealed class LoadConnection : ReceiveActor
{
    private const int FileBytes = 64 * 1024;
    private const int ComputedBytes = 128 * 1024;
    private static readonly byte[] Content = new byte[Math.Max(FileBytes, ComputedBytes)];

    private readonly string _file;
    private readonly Counters _counters;

    public LoadConnection(IActorRef connection, HelloResponse response, string file, Counters counters)
    {
        _file = file;
        _counters = counters;
        counters.Opened();
        Receive<Tcp.Received>(message =>
        {
            // A closed loop with one request under way: a head comes as a whole.
            Work(message.Data.ToArray());
            counters.Answered();
            connection.Tell(Tcp.Write.Create(ByteString.FromBytes(response.Current)));
        });
        Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
    }

    protected override void PostStop()
    {
        _counters.Closed();
        File.Delete(_file);
    }

    private void Work(ReadOnlySpan<byte> request)
    {
        if (request.StartsWith("GET /file"u8))
        {
            // As a program does that knows no better: written to the disk, and read, while the loop waits.
            using (FileStream stream = new(_file, FileMode.Create))
            {
                stream.Write(Content, 0, FileBytes);
                stream.Flush(flushToDisk: true);
            }

            _ = File.ReadAllBytes(_file);
        }
        else if (request.StartsWith("GET /compute"u8))
        {
            _ = SHA256.HashData(Content.AsSpan(0, ComputedBytes));
        }
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
