using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Many connections, opened, used and closed, twice: the figures return to where they began.</summary>
public abstract class ConnectionChurnSpec(string config) : TcpFixture(config)
{
    private const int Connections = 5_000;
    private const int DescriptorsEach = 2; // both ends are ours
    private const int SpareDescriptors = 500;

    [SkippableFact]
    public async Task Five_thousand_connections_twice_leak_nothing()
    {
        SkipWithoutDescriptors();
        _ = Extension; // registers flexsc.dispatcher
        TestProbe control = CreateTestProbe();
        IActorRef server = Sys.ActorOf(Props.Create(() => new EchoServer(control)).WithDispatcher(FlexTcpExt.DispatcherId));
        IPEndPoint endpoint = (IPEndPoint)(await control.ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
        await UseAllAsync(endpoint, 10);
        await AssertNothingIsLeftAsync();
        Figures before = await ReadAsync(server);
        for (int round = 0; round < 2; round++)
        {
            await UseAllAsync(endpoint, Connections);
            await AssertNothingIsLeftAsync();
            await AwaitAssertAsync(async () => Assert.Equal(before, await ReadAsync(server)), Deadline);
        }
    }

    private static async Task UseAllAsync(IPEndPoint endpoint, int count)
    {
        Socket[] sockets = new Socket[count];
        for (int i = 0; i < count; i++)
        {
            sockets[i] = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await sockets[i].ConnectAsync(endpoint);
        }

        byte[] message = "request"u8.ToArray();
        foreach (Socket socket in sockets)
        {
            await socket.SendAsync(message);
        }

        foreach (Socket socket in sockets)
        {
            Assert.Equal(message, await ReceiveExactlyAsync(socket, message.Length));
        }

        // A third each: end, half-close first, reset.
        for (int i = 0; i < count; i++)
        {
            if (i % 3 == 1)
            {
                sockets[i].Shutdown(SocketShutdown.Send);
            }
            else if (i % 3 == 2)
            {
                sockets[i].LingerState = new LingerOption(true, 0);
            }

            sockets[i].Dispose();
        }
    }

    private async Task<Figures> ReadAsync(IActorRef server)
    {
        int entries = 0;
        foreach (ActorLoop loop in Extension.Group.StartedLoops)
        {
            entries += await loop.RunAsync(() => Task.FromResult(loop.Loop.UsedEntries));
        }

        int children = await server.Ask<int>("children", Deadline);
        return new Figures(entries, children, DescribeDescriptors());
    }

    /// <summary>How many there are of each kind, so that a failure names what was left. The runtime's own files come and go.</summary>
    private static string DescribeDescriptors() => string.Join(", ", new DirectoryInfo("/proc/self/fd").GetFileSystemInfos()
        .Select(entry => entry.LinkTarget ?? "closed")
        .Where(target => !target.StartsWith('/') && target != "closed")
        .GroupBy(target => target.Split(':', '[')[0] + (target.StartsWith("anon_inode", StringComparison.Ordinal) ? target[10..] : ""))
        .OrderBy(kind => kind.Key, StringComparer.Ordinal)
        .Select(kind => $"{kind.Count()} {kind.Key}"));

    private static void SkipWithoutDescriptors()
    {
        string limits = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = limits.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        Skip.If(
            long.TryParse(soft, out long limit) && limit < (Connections * DescriptorsEach) + SpareDescriptors,
            $"RLIMIT_NOFILE is {soft}; {Connections} connections need {(Connections * DescriptorsEach) + SpareDescriptors}: raise it with ulimit -n");
    }

    private sealed record Figures(int Entries, int Handlers, string Descriptors);

    private sealed class EchoServer : UntypedActor
    {
        private readonly IActorRef _control;

        public EchoServer(IActorRef control) => _control = control;

        protected override void PreStart() =>
            Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), backlog: 4096));

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Bound:
                    _control.Tell(message);
                    break;
                case Tcp.Connected:
                    IActorRef connection = Sender;
                    connection.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new Echo(connection)).WithDispatcher(FlexTcpExt.DispatcherId))));
                    break;
                case "children":
                    Sender.Tell(Context.GetChildren().Count());
                    break;
            }
        }
    }

    private sealed class Echo(IActorRef connection) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Received received:
                    connection.Tell(Tcp.Write.Create(received.Data));
                    break;
                case Tcp.ConnectionClosed:
                    Context.Stop(Self);
                    break;
            }
        }
    }
}

public sealed class ConnectionChurnOnIoUringSpec() : ConnectionChurnSpec("flexsc.loops.count = 2\nakka.actor.serialize-messages = off");

public sealed class ConnectionChurnOnInlineCallsSpec() : ConnectionChurnSpec(
    "flexsc.loops.backend = syscall-threads\nakka.actor.serialize-messages = off");
