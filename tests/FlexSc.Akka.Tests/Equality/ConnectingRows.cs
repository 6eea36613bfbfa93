using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using static FlexSc.Akka.Tests.Equality.EqualityBench;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>Clients: how they connect and fail to.</summary>
internal static class ConnectingRows
{
    private const string AddressReason = "an IPv4 address stays one";

    public static IReadOnlyList<EqualityRow> All { get; } =
    [
        new("connect", "`Connect` to an address", async bench => await ConnectAsync(bench, static endpoint => endpoint))
        {
            Better = new Difference("Connected from 127.0.0.1 and the right port to 127.0.0.1 and the right port", AddressReason),
            Compat = "mapped-address",
        },
        new("connect-by-name", "`Connect` to `localhost`; `outgoing-socket-force-ipv4 = true`", async bench =>
            await ConnectAsync(bench, static endpoint => new DnsEndPoint("localhost", endpoint.Port)))
        {
            Config = "akka.io.tcp.outgoing-socket-force-ipv4 = true",
        },
        new("connect-from", "`Connect` from the local address 127.0.0.2", async bench =>
            await ConnectFromAsync(bench, (IPEndPoint)bench.NewListener().LocalEndPoint!))
        {
            Better = new Difference("Connected from 127.0.0.2 and a port", AddressReason),
            Compat = "mapped-address",
        },
        new("connect-from-mapped", "the same to an IPv4 address written as IPv6, `::ffff:127.0.0.1`", async bench =>
        {
            IPEndPoint endpoint = (IPEndPoint)bench.NewListener().LocalEndPoint!;
            return await ConnectFromAsync(bench, new IPEndPoint(endpoint.Address.MapToIPv6(), endpoint.Port));
        }),
        new("connect-refused", "`Connect` to a port where nobody listens; `finish-connect-retries = 2`", async bench =>
        {
            Socket listener = bench.NewListener();
            EndPoint gone = listener.LocalEndPoint!;
            listener.Close();
            TestProbe client = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Connect(gone), client);
            return $"commander: {await NextAsync(client)}";
        })
        {
            Config = "akka.io.tcp.finish-connect-retries = 2",
            Better = new Difference("commander: CommandFailed(Connect, SocketException ConnectionRefused)", "the cause is told"),
            Compat = "connect-exception",
        },
        new("connect-timeout", "`Connect` with a time limit of 300 ms to a listener whose backlog is full", async bench =>
        {
            Socket listener = bench.NewListener(backlog: 0);
            await FillAsync(bench, (IPEndPoint)listener.LocalEndPoint!);
            TestProbe client = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Connect(listener.LocalEndPoint!, timeout: TimeSpan.FromMilliseconds(300)), client);
            object told = await client.ReceiveOneAsync(Deadline);
            return told is Tcp.CommandFailed { Cause.HasValue: true } failed ? $"commander: CommandFailed, {failed.Cause.Value.GetType().Name}" : Describe(told);
        }),
        new("unknown-name", "`Connect` to a name that does not exist", async bench =>
        {
            TestProbe client = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Connect(new DnsEndPoint("nobody.invalid", 1)), client);
            object told = await client.ReceiveOneAsync(Deadline);
            return $"commander: {told.GetType().Name}";
        }),
        new("connect-unix", "`Connect` to a Unix socket", async bench =>
        {
            TestProbe client = bench.CreateTestProbe();
            using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(UnixName());
            listener.Listen();
            bench.Manager.Tell(new Tcp.Connect(listener.LocalEndPoint!), client);
            return $"commander: {(await client.ReceiveOneAsync(Deadline)).GetType().Name}";
        })
        {
            Better = new Difference("commander: Connected", "Unix sockets"),
        },
        new("client-not-registered", "a client does not register within `register-timeout`", async bench =>
        {
            Socket listener = bench.NewListener();
            TestProbe client = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Connect(listener.LocalEndPoint!), client);
            using Socket peer = await listener.AcceptAsync().WaitAsync(Deadline);
            await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
            return $"commander: {await bench.UntilEndAsync(client, client.LastSender)}; peer: {await PeerEndAsync(peer)}";
        })
        {
            Config = "akka.io.tcp.register-timeout = 200ms",
        },
    ];

    private static async Task<string> ConnectAsync(EqualityBench bench, Func<IPEndPoint, EndPoint> address)
    {
        Socket listener = bench.NewListener();
        IPEndPoint endpoint = (IPEndPoint)listener.LocalEndPoint!;
        TestProbe client = bench.CreateTestProbe();
        bench.Manager.Tell(new Tcp.Connect(address(endpoint)), client);
        using Socket peer = await listener.AcceptAsync().WaitAsync(Deadline);
        Tcp.Connected connected = await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IPEndPoint from = (IPEndPoint)connected.LocalAddress;
        IPEndPoint to = (IPEndPoint)connected.RemoteAddress;
        return $"Connected from {from.Address} and the {Rightness(from, peer.RemoteEndPoint!)} port to {to.Address} and the {Rightness(to, endpoint)} port";
    }

    private static string Rightness(IPEndPoint told, EndPoint seen) => told.Port == ((IPEndPoint)seen).Port ? "right" : "wrong";

    private static async Task<string> ConnectFromAsync(EqualityBench bench, IPEndPoint endpoint)
    {
        TestProbe client = bench.CreateTestProbe();
        bench.Manager.Tell(new Tcp.Connect(endpoint, new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0)), client);
        object told = await client.ReceiveOneAsync(Deadline);
        return told is Tcp.Connected { LocalAddress: IPEndPoint from }
            ? $"Connected from {from.Address}" + (from.Port > 0 ? " and a port" : "")
            : $"commander: {Describe(told)}";
    }

    /// <summary>
    /// Connects until a backlog of 0 is full, which one connection does (<c>sk_acceptq_is_full</c>): the next ones stay in SYN_SENT. The
    /// client may be connected before the listener has it, whose queue is the fifth column of proc_pid_net(5).
    /// </summary>
    private static async Task FillAsync(EqualityBench bench, IPEndPoint endpoint)
    {
        const string Listening = "0A";
        await bench.NewSocket().ConnectAsync(endpoint);
        string local = FormattableString.Invariant($":{endpoint.Port:X4}");
        await bench.AwaitConditionAsync(
            async () => (await File.ReadAllLinesAsync("/proc/self/net/tcp"))
                .Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Any(fields => fields[1].EndsWith(local, StringComparison.Ordinal) && fields[3] == Listening
                    && !fields[4].EndsWith(":00000000", StringComparison.Ordinal)),
            Deadline);
    }
}
