using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using static FlexSc.Akka.Tests.Equality.EqualityBench;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>Listeners: how they begin and end.</summary>
internal static class BindingRows
{
    public static IReadOnlyList<EqualityRow> All { get; } =
    [
        new("bind", "`Bind` to port 0", async bench =>
        {
            (_, EndPoint bound) = await bench.BindAsync();
            IPEndPoint endpoint = (IPEndPoint)bound;
            return endpoint.Port > 0 ? $"Bound to {endpoint.Address} and a port" : "Bound to port 0";
        }),
        new("bind-in-use", "`Bind` to a port that is in use", async bench =>
        {
            Socket other = bench.NewListener();
            TestProbe binder = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Bind(binder, other.LocalEndPoint!), binder);
            return $"commander: {await NextAsync(binder)}";
        }),
        new("accept", "a client connects", async bench =>
        {
            (TestProbe binder, EndPoint endpoint) = await bench.BindAsync();
            Socket peer = bench.NewSocket();
            await peer.ConnectAsync(endpoint);
            Tcp.Connected connected = await binder.ExpectMsgAsync<Tcp.Connected>(Deadline);
            bool local = ((IPEndPoint)connected.LocalAddress).Port == ((IPEndPoint)endpoint).Port;
            bool remote = ((IPEndPoint)connected.RemoteAddress).Port == ((IPEndPoint)peer.LocalEndPoint!).Port;
            return $"Connected; local port {(local ? "right" : "wrong")}, remote port {(remote ? "right" : "wrong")}";
        }),
        new("unbind", "`Unbind` while an accepted connection is open", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            await FenceAsync(pair.Connection);
            IActorRef listener = Listener(bench);
            TestProbe commander = bench.CreateTestProbe();
            listener.Tell(Tcp.Unbind.Instance, commander);
            string unbound = await NextAsync(commander);
            string handler = await bench.UntilEndAsync(pair.Handler, pair.Connection);
            return $"commander: {unbound}; handler: {handler}; peer: {await PeerEndAsync(pair.Peer)}; a new client: {await ConnectAgainAsync(bench, pair.Endpoint)}";
        }),
        new("bind-handler-stops", "the bind handler stops while an accepted connection is open", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            await FenceAsync(pair.Connection);
            bench.Sys.Stop(pair.Binder);
            string handler = await bench.UntilEndAsync(pair.Handler, pair.Connection);
            return $"handler: {handler}; peer: {await PeerEndAsync(pair.Peer)}";
        }),
        new("bind-unix", "`Bind` to a Unix socket", async bench =>
        {
            TestProbe binder = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Bind(binder, UnixName()), binder);
            return $"commander: {await NextAsync(binder)}";
        })
        {
            Better = new Difference("commander: Bound", "Unix sockets"),
        },
        new("accept-unasked", "`Bind` in pull mode; a client connects, then `ResumeAccepting(1)` is told", async bench =>
        {
            (TestProbe binder, EndPoint endpoint) = await bench.BindAsync(pullMode: true);
            await bench.NewSocket().ConnectAsync(endpoint);
            IActorRef listener = Listener(bench);
            string before = await NextOrSettledAsync(binder, bench.IsAsStock(TcpCompat.AcceptUnasked), listener);
            listener.Tell(new Tcp.ResumeAccepting(1), binder);
            return $"before: {before}; after: {await NextOrSettledAsync(binder, comes: before == "nothing", listener)}";
        })
        {
            Compat = "accept-unasked",
            Documented = "before: nothing; after: Connected",
        },
        new("options", "`Bind` with `SO.ReuseAddress` and `SO.SendBufferSize`; a client writes", async bench =>
        {
            Pair pair = await bench.ConnectAsync(options: [new Inet.SO.ReuseAddress(true), new Inet.SO.SendBufferSize(65536)]);
            await pair.Peer.SendAsync("x"u8.ToArray());
            return $"handler: {await NextAsync(pair.Handler)}";
        }),
        new("stats", "`SubscribeToTcpListenerStats`", async bench =>
        {
            await bench.BindAsync();
            TestProbe subscriber = bench.CreateTestProbe();
            Listener(bench).Tell(new Tcp.SubscribeToTcpListenerStats(subscriber), subscriber);
            return $"subscriber: {await NextAsync(subscriber)}";
        }),
    ];

    /// <summary>The listener is who says Bound.</summary>
    private static IActorRef Listener(EqualityBench bench) => bench.LastListener ?? throw new InvalidOperationException("nothing is bound");

    private static async Task<string> ConnectAgainAsync(EqualityBench bench, EndPoint endpoint)
    {
        try
        {
            await bench.NewSocket().ConnectAsync(endpoint);
            return "connected";
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode.ToString();
        }
    }
}
