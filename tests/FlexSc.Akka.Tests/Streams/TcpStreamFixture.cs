using System.Net;
using System.Net.Sockets;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using FlexSc.Akka.Tests.IO;
using StreamTcp = Akka.Streams.Dsl.Tcp;

namespace FlexSc.Akka.Tests.Streams;

/// <summary>A system with a materializer, and plain sockets as peers of streams.</summary>
public abstract class TcpStreamFixture : TcpFixture
{

    protected TcpStreamFixture(string config)
        : base(config) => Materializer = Sys.Materializer();

    protected ActorMaterializer Materializer { get; }

    /// <summary>A listener of the test's own.</summary>
    protected static Socket NewListener(int receiveBufferBytes = 0)
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBufferBytes > 0)
        {
            listener.ReceiveBufferSize = receiveBufferBytes;
        }

        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    protected static async Task<Socket> AcceptAsync(Socket listener) => await listener.AcceptAsync().WaitAsync(Deadline);

    /// <summary>Runs a server of streams whose connections go to a handler.</summary>
    protected async Task<StreamTcp.ServerBinding> ServeAsync(
        Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> connections, Action<StreamTcp.IncomingConnection> handler) =>
        await connections.To(Sink.ForEach(handler)).Run(Materializer).WaitAsync(Deadline);

    /// <summary>A server that sends back what it gets.</summary>
    protected Task<StreamTcp.ServerBinding> ServeEchoAsync(Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> connections) =>
        ServeAsync(connections, connection => connection.HandleWith(Flow.Create<ByteString>(), Materializer));

    /// <summary>All bytes of a stream.</summary>
    protected static Sink<ByteString, Task<byte[]>> AllBytes() => Sink
        .Aggregate<ByteString, MemoryStream>(new MemoryStream(), static (all, more) =>
        {
            all.Write(more.ToArray());
            return all;
        })
        .MapMaterializedValue(static task => task.ContinueWith(
            static done => done.GetAwaiter().GetResult().ToArray(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default));

    /// <summary>Random bytes in random pieces, now and then a rope.</summary>
    protected static (byte[] All, IReadOnlyList<ByteString> Chunks) RandomChunks(Random random)
    {
        List<ByteString> chunks = [];
        using MemoryStream all = new();
        int most = random.Next(4) switch { 0 => 10, 1 => 300, 2 => 5000, _ => 70_000 };
        for (int i = random.Next(1, 80); i > 0; i--)
        {
            byte[] piece = new byte[random.Next(most)];
            random.NextBytes(piece);
            all.Write(piece);
            int cut = random.Next(piece.Length + 1);
            chunks.Add(random.Next(4) == 0 ? ByteString.FromBytes(piece[..cut]) + ByteString.FromBytes(piece[cut..]) : ByteString.FromBytes(piece));
        }

        return (all.ToArray(), chunks);
    }

    protected static EndPoint EndPointOf(Socket socket) => socket.LocalEndPoint!;
}
