using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>A system on one of the two sides, plain sockets as peers, and words for what is seen.</summary>
internal sealed class EqualityBench(Side side, string config, bool overUnix = false) : FlexScSpec(ConfigurationFactory.ParseString($"{config}\n{SideConfig(side)}\n{CommonConfig}"))
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Questions that an actor answers, one after the other, before what it had to do is held to be done: turns of a loop as many.</summary>
    private const int QuestionsUntilSettled = 10;

    private const string Section = "flexsc.tcp";
    private const string Redirect = """akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka" """;

    private const string CommonConfig = """
        akka.loglevel = WARNING
        akka.test.single-expect-default = 30s
        flexsc.loops { count = 1, pin = off }
        """;

    private readonly List<Socket> _sockets = [];

    /// <summary>Akka.IO leaves the socket of a client whose commander is its handler.</summary>
    protected override bool LeavesNothing => side != Side.Stock && !config.Contains("outlive-handler", StringComparison.Ordinal);

    /// <summary>Akka.IO's own manager: what is behind it is the side's matter.</summary>
    public IActorRef Manager => Sys.Tcp();

    /// <summary>Who said Bound last.</summary>
    public IActorRef? LastListener { get; private set; }

    public async Task<(TestProbe Binder, EndPoint Endpoint)> BindAsync(bool pullMode = false, params Inet.SocketOption[] options)
    {
        TestProbe binder = CreateTestProbe();
        Manager.Tell(new Tcp.Bind(binder, AnyAddress(), options: options, pullMode: pullMode), binder);
        Tcp.Bound bound = await binder.ExpectMsgAsync<Tcp.Bound>(Deadline);
        LastListener = binder.LastSender;
        return (binder, bound.LocalAddress);
    }

    /// <summary>A connected peer; nobody is registered yet.</summary>
    public async Task<(Socket Peer, IActorRef Connection)> AcceptAsync(TestProbe binder, EndPoint endpoint)
    {
        Socket peer = NewSocket();
        await peer.ConnectAsync(endpoint);
        await binder.ExpectMsgAsync<Tcp.Connected>(Deadline);
        return (peer, binder.LastSender);
    }

    /// <summary>A connected peer and a probe that handles the connection.</summary>
    public async Task<Pair> ConnectAsync(
        bool pullMode = false, bool keepOpen = false, bool useResumeWriting = true, params Inet.SocketOption[] options)
    {
        (TestProbe binder, EndPoint endpoint) = await BindAsync(pullMode, options);
        (Socket peer, IActorRef connection) = await AcceptAsync(binder, endpoint);
        TestProbe handler = CreateTestProbe();
        connection.Tell(new Tcp.Register(handler, keepOpen, useResumeWriting), handler);
        return new Pair(peer, connection, handler, binder, endpoint);
    }

    public Socket NewSocket()
    {
        Socket socket = overUnix
            ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets.Add(socket);
        return socket;
    }

    public Socket NewListener(int backlog = 16)
    {
        Socket listener = NewSocket();
        listener.Bind(AnyAddress());
        listener.Listen(backlog);
        return listener;
    }

    /// <summary>All that a probe is told until a connection has ended, by name.</summary>
    public async Task<string> UntilEndAsync(TestProbe handler, IActorRef connection)
    {
        TestProbe watcher = CreateTestProbe();
        watcher.Watch(connection);
        await watcher.ExpectTerminatedAsync(connection, Deadline);
        return await SoFarAsync(handler);
    }

    /// <summary>All that a probe was told before now, by name.</summary>
    public static async Task<string> SoFarAsync(TestProbe probe)
    {
        probe.Ref.Tell(Fence.Instance);
        List<string> names = [];
        await foreach (object message in probe.ReceiveWhileAsync<object>(static message => message, Deadline, Deadline))
        {
            if (message is Fence)
            {
                break;
            }

            names.Add(Describe(message));
        }

        return names.Count == 0 ? "nothing" : string.Join(", ", names);
    }

    /// <summary>The next message by name.</summary>
    public static async Task<string> NextAsync(TestProbe probe) => Describe(await probe.ReceiveOneAsync(Deadline));

    /// <summary>Whether the side does as Akka.IO, be it Akka.IO itself.</summary>
    public bool IsAsStock(TcpCompat which) =>
        side == Side.Stock || TcpCompatNames.Read(FlexScConfig.Section(Sys.Settings.Config, Section), Section, "compat").HasFlag(which);

    /// <summary>The next message where one must come, which is waited for; elsewhere what has come when an actor has settled.</summary>
    public static async Task<string> NextOrSettledAsync(TestProbe probe, bool comes, IActorRef actor)
    {
        if (comes)
        {
            return await NextAsync(probe);
        }

        await SettleAsync(actor);
        return await SoFarAsync(probe);
    }

    /// <summary>Waits until an actor has done what it had to do, but for what others have yet to give it.</summary>
    public static async Task SettleAsync(IActorRef actor)
    {
        for (int i = 0; i < QuestionsUntilSettled; i++)
        {
            await FenceAsync(actor);
        }
    }

    /// <summary>Waits until a connection has acted on all that its teller told it.</summary>
    public static async Task FenceAsync(IActorRef connection) => await connection.Ask<ActorIdentity>(new Identify(1), Deadline);

    /// <summary>How a peer sees the end: FIN or RST, after how many bytes.</summary>
    public static async Task<string> PeerEndAsync(Socket peer)
    {
        using CancellationTokenSource deadline = new(Deadline);
        byte[] bytes = new byte[65536];
        long count = 0;
        try
        {
            while (true)
            {
                int more = await peer.ReceiveAsync(bytes.AsMemory(), deadline.Token);
                if (more == 0)
                {
                    return After(count, "FIN");
                }

                count += more;
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            return After(count, "RST");
        }
    }

    /// <summary>The same where the connection is to stay, and answers.</summary>
    public static async Task<string> PeerEndOrOpenAsync(Socket peer, IActorRef connection)
    {
        Task<string> end = PeerEndAsync(peer);
        await SettleAsync(connection);
        return end.IsCompleted ? await end : "still open";
    }

    public static async Task<string> ReceiveTextAsync(Socket peer, int bytes)
    {
        byte[] text = new byte[bytes];
        using CancellationTokenSource deadline = new(Deadline);
        int count = 0;
        while (count < bytes)
        {
            int more = await peer.ReceiveAsync(text.AsMemory(count), deadline.Token);
            if (more == 0)
            {
                break;
            }

            count += more;
        }

        return System.Text.Encoding.ASCII.GetString(text, 0, count);
    }

    /// <summary>A name of the abstract name space, which leaves nothing behind; unix(7).</summary>
    public static UnixDomainSocketEndPoint UnixName() => new($"\0flexsc-{Guid.NewGuid():N}");

    public static string Describe(object? message) => message switch
    {
        null => "nothing",
        Tcp.Received received => $"Received({Text(received.Data)})",
        Tcp.ErrorClosed closed => $"ErrorClosed(\"{closed.Cause}\")",
        Tcp.CommandFailed { Cause.HasValue: true } failed => $"CommandFailed({failed.Cmd.GetType().Name}, {Cause(failed.Cause.Value)})",
        Tcp.CommandFailed failed => $"CommandFailed({failed.Cmd.GetType().Name})",
        NumberedAck ack => ack.ToString(),
        _ => message.GetType().Name,
    };

    protected override void AfterAll()
    {
        base.AfterAll();
        _sockets.ForEach(static socket => socket.Dispose());
    }

    private EndPoint AnyAddress() => overUnix ? UnixName() : new IPEndPoint(IPAddress.Loopback, 0);

    private static string Cause(Exception cause) =>
        cause is SocketException { SocketErrorCode: var code } ? $"SocketException {code}" : $"{cause.GetType().Name} \"{cause.Message}\"";

    private static string Text(ByteString data) => data.Count <= 16 ? $"\"{data}\"" : $"{data.Count} bytes";

    private static string After(long bytes, string end) => bytes == 0 ? end : $"{bytes} bytes, {end}";

    private static string SideConfig(Side side) => side switch
    {
        Side.Stock => "",
        Side.FlexSc => Redirect,
        _ => $"{Redirect}\nflexsc.loops.backend = syscall-threads",
    };

    private sealed class Fence
    {
        public static Fence Instance { get; } = new();
    }
}

/// <summary>A peer, the connection it has, and who is told what.</summary>
internal sealed record Pair(Socket Peer, IActorRef Connection, TestProbe Handler, TestProbe Binder, EndPoint Endpoint);
