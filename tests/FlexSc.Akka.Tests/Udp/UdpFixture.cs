using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;
using AkkaUdp = Akka.IO.Udp;

namespace FlexSc.Akka.Tests.Udp;

/// <summary>A system with FlexSC UDP, and plain sockets as peers.</summary>
public abstract class UdpFixture(string extraConfig = "") : FlexScSpec(ConfigurationFactory.ParseString(extraConfig).WithFallback(CommonConfig))
{
    private const string CommonConfig = """

        akka.loglevel = WARNING
        akka.actor.serialize-messages = on
        akka.actor.serialize-creators = on
        akka.test.single-expect-default = 30s
        flexsc.loops { count = 1, pin = off }
        """;

    protected const string IoUring = "flexsc.loops.backend = io-uring";

    protected const string InlineCalls = "flexsc.loops { backend = syscall-threads, syscall-threads = 0 }";

    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly List<IDisposable> _kept = [];
    private readonly string _directory = Directory.CreateTempSubdirectory("flexsc-udp-").FullName;

    protected FlexUdpExt Extension => FlexUdp.For(Sys);

    protected string PathOf(string name) => Path.Combine(_directory, name);

    protected async Task<(TestProbe Handler, IActorRef Socket, EndPoint Local)> BindAsync(
        EndPoint? local = null, IEnumerable<Inet.SocketOption>? options = null)
    {
        TestProbe handler = CreateTestProbe();
        Sys.FlexUdp().Tell(new AkkaUdp.Bind(handler, local ?? new IPEndPoint(IPAddress.Loopback, 0), options), handler);
        AkkaUdp.Bound bound = await handler.ExpectMsgAsync<AkkaUdp.Bound>(Deadline);
        return (handler, handler.LastSender, bound.LocalAddress);
    }

    /// <summary>A socket of the test's own.</summary>
    protected Socket NewPeer(AddressFamily family = AddressFamily.InterNetwork, EndPoint? bindTo = null)
    {
        Socket peer = new(family, SocketType.Dgram, family == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Udp);
        _kept.Add(peer);
        peer.Bind(bindTo ?? new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, 0));
        return peer;
    }

    protected static async Task<byte[]> ReceiveAsync(Socket socket)
    {
        using CancellationTokenSource deadline = new(Deadline);
        byte[] bytes = new byte[70_000];
        int count = await socket.ReceiveAsync(bytes, deadline.Token);
        return bytes[..count];
    }

    /// <summary>Why something failed is known, and says all of these.</summary>
    protected static void AssertCause(object commandFailed, params string[] texts)
    {
        string cause = FlexUdp.CauseOf(commandFailed)?.Message ?? "nothing is known";
        Assert.All(texts, text => Assert.Contains(text, cause, StringComparison.Ordinal));
    }

    /// <summary>Waits until the loops are back to no socket, all buffers and all send blocks.</summary>
    protected async Task AssertNothingIsLeftAsync()
    {
        await AwaitAssertAsync(
            async () =>
            {
                foreach (ActorLoop loop in Extension.Group.StartedLoops)
                {
                    Assert.Equal((0, 0, 0, 0), await loop.RunAsync(() => Task.FromResult((
                        loop.Io.ConnectionCount, loop.Io.Udp.Sockets.Count, loop.Loop.Buffers.Count - loop.Loop.Buffers.Available,
                        loop.Io.Udp.SendBlocks.Outstanding))));
                }
            },
            Deadline);
    }

    protected async Task UnbindAsync(TestProbe handler, IActorRef socket)
    {
        socket.Tell(AkkaUdp.Unbind.Instance, handler);
        await handler.ExpectMsgAsync<AkkaUdp.Unbound>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _kept.ForEach(kept => kept.Dispose());
        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>An acknowledgement.</summary>
public sealed class UdpAck(int number) : AkkaUdp.Event
{
    public int Number => number;
}
