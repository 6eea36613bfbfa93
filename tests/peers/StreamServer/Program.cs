using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Peers;

namespace FlexSc.Peers.StreamServer;

/// <summary>
/// 1 MiB at a time, over TCP and a Unix socket. The first byte of a connection says which way: D, and every byte asks for 1 MiB; or U,
/// and each 1 MiB that follows is answered by a byte.
/// </summary>
internal static class Program
{
    private const string Pooled = "flexsc-pooled";
    private const string DotnetSocket = "dotnet-socket";

    private static async Task Main(string[] args)
    {
        (string variant, string path) = args.Length == 2 ? (args[0], args[1])
            : throw new ArgumentException("usage: StreamServer akka-io|flexsc|flexsc-actors|flexsc-pooled|dotnet-socket PATH");
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(0));
        IPEndPoint any = new(IPAddress.Loopback, 0);
        UnixDomainSocketEndPoint unix = new(path);
        EndPoint endPoint = variant == DotnetSocket ? SocketServer.Serve(any, unix) : await ServeByActorsAsync(variant, any, unix).ConfigureAwait(false);
        Console.WriteLine(variant);
        Console.WriteLine($"listening on {endPoint}");
        CpuStatistics.Serve();
        Environment.Exit(0);
    }

    private static async Task<EndPoint> ServeByActorsAsync(string variant, EndPoint tcp, EndPoint unix)
    {
        string sockets = variant == Pooled ? "flexsc-actors" : variant;
        ActorSystem system = ActorSystem.Create("stream", ConfigurationFactory.ParseString(SocketsByConfiguration.Of(sockets)));
        EndPoint bound = await BindAsync(system, tcp, variant == Pooled).ConfigureAwait(false);
        if (variant != "akka-io")
        {
            // Akka.IO has no Unix sockets.
            await BindAsync(system, unix, variant == Pooled).ConfigureAwait(false);
        }

        return bound;
    }

    private static async Task<EndPoint> BindAsync(ActorSystem system, EndPoint endPoint, bool pooled)
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Listener(endPoint, pooled, bound)));
        return await bound.Task.ConfigureAwait(false);
    }
}

internal sealed class Listener : ReceiveActor
{
    public Listener(EndPoint endPoint, bool pooled, TaskCompletionSource<EndPoint> bound)
    {
        Context.System.Tcp().Tell(new Tcp.Bind(Self, endPoint));
        Receive<Tcp.Bound>(message => bound.SetResult(message.LocalAddress));
        Receive<Tcp.CommandFailed>(message => bound.TrySetException(new IOException(message.ToString())));
        Receive<Tcp.Connected>(_ =>
        {
            IActorRef connection = Sender;
            IActorRef handler = Context.ActorOf(Props.Create(() => new StreamConnection(connection)));
            connection.Tell(pooled ? new RegisterPooled(handler) : new Tcp.Register(handler));
        });
    }
}

internal sealed class StreamConnection(IActorRef connection) : UntypedActor
{
    private static readonly ByteString Chunk = ByteString.FromBytes(new byte[StreamProgress.ChunkBytes]);
    private static readonly ByteString Answer = ByteString.FromBytes([1]);

    private StreamProgress _progress;

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case PooledReceived received:
                (byte first, int bytes) = (received.Span[0], received.Length);
                received.Release();
                Serve(_progress.Take(first, bytes));
                break;
            case Tcp.Received received:
                Serve(_progress.Take(received.Data[0], received.Data.Count));
                break;
            case Tcp.ConnectionClosed:
                Context.Stop(Self);
                break;
        }
    }

    private void Serve(int answers)
    {
        for (int i = 0; i < answers; i++)
        {
            connection.Tell(Tcp.Write.Create(_progress.IsDownload ? Chunk : Answer));
        }
    }
}

/// <summary>How far a connection is.</summary>
internal struct StreamProgress
{
    public const int ChunkBytes = 1 << 20;

    private long _bytes;
    private bool _hasBegun;

    /// <summary>Whether each byte asks for a chunk; else each chunk is answered by a byte.</summary>
    public bool IsDownload { get; private set; }

    /// <returns>Answers that are due.</returns>
    public int Take(byte first, int bytes)
    {
        if (!_hasBegun)
        {
            _hasBegun = true;
            IsDownload = first == (byte)'D';
            bytes -= IsDownload ? 0 : 1;
        }

        if (IsDownload)
        {
            return bytes;
        }

        _bytes += bytes;
        int answers = (int)(_bytes / ChunkBytes);
        _bytes %= ChunkBytes;
        return answers;
    }
}

/// <summary>The same by asynchronous sockets alone.</summary>
internal static class SocketServer
{
    public static EndPoint Serve(params EndPoint[] endPoints)
    {
        Socket[] listeners = [.. endPoints.Select(endPoint =>
        {
            Socket listener = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(endPoint);
            listener.Listen();
            _ = AcceptAsync(listener);
            return listener;
        })];
        return listeners[0].LocalEndPoint!;
    }

    private static async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            _ = ServeAsync(await listener.AcceptAsync().ConfigureAwait(false));
        }
    }

    private static async Task ServeAsync(Socket socket)
    {
        byte[] chunk = new byte[StreamProgress.ChunkBytes];
        byte[] buffer = new byte[64 * 1024];
        StreamProgress progress = default;
        try
        {
            while (await socket.ReceiveAsync(buffer).ConfigureAwait(false) is var count and > 0)
            {
                for (int answers = progress.Take(buffer[0], count); answers > 0; answers--)
                {
                    ReadOnlyMemory<byte> left = progress.IsDownload ? chunk : chunk.AsMemory(0, 1);
                    while (left.Length > 0)
                    {
                        left = left[await socket.SendAsync(left).ConfigureAwait(false)..];
                    }
                }
            }
        }
        catch (SocketException)
        {
            // The generator has gone.
        }

        socket.Dispose();
    }
}
