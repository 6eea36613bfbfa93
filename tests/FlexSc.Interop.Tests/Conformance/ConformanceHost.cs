using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Tmds.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>Where the suite runs: what a test does beside the loop's calls.</summary>
public abstract class ConformanceHost
{
    /// <summary>False for a model, on which what it does not model is skipped.</summary>
    public abstract bool IsReal { get; }

    public abstract SyscallLoop Start(LoopVariant variant, SyscallLoopOptions options);

    /// <summary>A stream socket of IPv6.</summary>
    public abstract Peer NewStream();

    /// <summary>A datagram socket of IPv4.</summary>
    public abstract Peer NewDatagram();

    /// <summary>A listener on a free port of the loopback address of IPv6.</summary>
    public abstract Peer Listen(int backlog = 128);

    public abstract (int ReadEnd, int WriteEnd) Pipe();

    public abstract int Close(long fileDescriptor);

    /// <summary>Lets the process open nothing more until disposed.</summary>
    public abstract IDisposable LowerDescriptorLimit();

    /// <summary>Number and target of each open descriptor, so that one whose number was used again counts as another.</summary>
    public abstract HashSet<string> OpenDescriptors();
}

/// <summary>The kernel that the tests run on.</summary>
internal sealed class RealHost : ConformanceHost
{
    public static readonly string TemporaryPrefix = Path.Combine(Path.GetTempPath(), "flexsc-");
    private static readonly string[] LeakPrefixes = ["socket:", "pipe:", "anon_inode:", TemporaryPrefix];

    public override bool IsReal => true;

    public override SyscallLoop Start(LoopVariant variant, SyscallLoopOptions options) => variant.Start(options);

    public override Peer NewStream() => new RealPeer(new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp));

    public override Peer NewDatagram() => new RealPeer(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));

    public override Peer Listen(int backlog = 128)
    {
        Socket listener = new(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen(backlog);
        return new RealPeer(listener);
    }

    public override unsafe (int ReadEnd, int WriteEnd) Pipe()
    {
        int* ends = stackalloc int[2];
        Assert.Equal(0, LibC.pipe2(ends, LibC.O_CLOEXEC));
        return (ends[0], ends[1]);
    }

    public override int Close(long fileDescriptor) => LibC.close((int)fileDescriptor);

    public override IDisposable LowerDescriptorLimit() => DescriptorLimit.NoneLeft();

    public override HashSet<string> OpenDescriptors()
    {
        HashSet<string> open = [];
        foreach (string path in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            // Assemblies and the like are the runtime's, which opens them when it needs them.
            string? target = new FileInfo(path).LinkTarget;
            if (target is not null && LeakPrefixes.Any(prefix => target.StartsWith(prefix, StringComparison.Ordinal)))
            {
                open.Add($"{Path.GetFileName(path)} -> {target}");
            }
        }

        return open;
    }

    private sealed class RealPeer(Socket socket) : Peer
    {
        public override long Handle => socket.Handle;

        public override byte[] LocalAddress
        {
            get
            {
                SocketAddress address = socket.LocalEndPoint!.Serialize();
                return address.Buffer[..address.Size].ToArray();
            }
        }

        public override bool Blocking
        {
            set => socket.Blocking = value;
        }

        public override LingerOption LingerState
        {
            set => socket.LingerState = value;
        }

        public override void Bind() => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        public override void Connect(Peer listener)
        {
            socket.Connect(((RealPeer)listener).LocalEndPoint);
            if (socket.ProtocolType == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }
        }

        public override Peer Accept() => new RealPeer(socket.Accept());

        public override int Send(ReadOnlySpan<byte> bytes) => socket.Send(bytes);

        public override int SendTo(ReadOnlySpan<byte> bytes, Peer target) => socket.SendTo(bytes, ((RealPeer)target).LocalEndPoint);

        public override int Receive(Span<byte> bytes) => socket.Receive(bytes);

        public override void Shutdown(SocketShutdown how) => socket.Shutdown(how);

        public override void Dispose() => socket.Dispose();

        private EndPoint LocalEndPoint => socket.LocalEndPoint!;
    }
}
