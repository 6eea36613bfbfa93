using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using static FlexSc.Akka.Tests.Equality.EqualityBench;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>How connections end, and who is told.</summary>
internal static class EndRows
{
    public static IReadOnlyList<EqualityRow> All { get; } =
    [
        new("close", "`Close`, told by the handler", async bench => await EndAsync(bench, Tcp.Close.Instance)),
        new("confirmed-close", "`ConfirmedClose`; the peer sends a last word after it saw the end, then ends too", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            string end = await PeerEndAsync(pair.Peer);
            string before = await NextOrSettledAsync(pair.Handler, comes: false, pair.Connection);
            await pair.Peer.SendAsync("late"u8.ToArray());
            string late = await NextAsync(pair.Handler);
            pair.Peer.Shutdown(SocketShutdown.Send);
            return $"peer: {end}; handler: {before}, {late}, {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        }),
        new("abort", "`Abort`, told by the handler", async bench => await EndAsync(bench, Tcp.Abort.Instance))
        {
            OverUnix = "handler: Aborted; peer: FIN",
        },
        new("abort-by-other", "`Abort`, told by another actor", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            TestProbe other = bench.CreateTestProbe();
            pair.Connection.Tell(Tcp.Abort.Instance, other);
            string told = await bench.UntilEndAsync(pair.Handler, pair.Connection);
            return $"handler: {told}; other: {await SoFarAsync(other)}; peer: {await PeerEndAsync(pair.Peer)}";
        })
        {
            OverUnix = "handler: Aborted; other: Aborted; peer: FIN",
        },
        new("close-by-other", "`Close`, told by another actor", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            TestProbe other = bench.CreateTestProbe();
            pair.Connection.Tell(Tcp.Close.Instance, other);
            string told = await bench.UntilEndAsync(pair.Handler, pair.Connection);
            return $"handler: {told}; other: {await SoFarAsync(other)}; peer: {await PeerEndAsync(pair.Peer)}";
        }),
        new("poison-pill", "`PoisonPill`", async bench => await EndAsync(bench, PoisonPill.Instance))
        {
            OverUnix = "handler: Aborted; peer: FIN",
        },
        new("peer-fin", "the peer ends; `keepOpenOnPeerClosed = false`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Peer.Shutdown(SocketShutdown.Send);
            return $"handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}; peer: {await PeerEndAsync(pair.Peer)}";
        }),
        new("peer-fin-keep-open", "the peer ends; `keepOpenOnPeerClosed = true`; a write, then `ConfirmedClose`", async bench =>
        {
            Pair pair = await bench.ConnectAsync(keepOpen: true);
            pair.Peer.Shutdown(SocketShutdown.Send);
            string told = await NextAsync(pair.Handler);
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("still"), 1.Ack()), pair.Handler);
            string ack = await NextAsync(pair.Handler);
            pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            string end = await bench.UntilEndAsync(pair.Handler, pair.Connection);
            return $"handler: {told}, {ack}, {end}; peer: {await PeerEndAsync(pair.Peer)}";
        }),
        new("peer-rst", "the peer resets", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Peer.LingerState = new LingerOption(true, 0);
            pair.Peer.Close();
            return $"handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        })
        {
            OverUnix = "handler: PeerClosed",
        },
        new("handler-stops", "the registered handler stops, which is not the bind handler", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            await FenceAsync(pair.Connection);
            TestProbe watcher = bench.CreateTestProbe();
            watcher.Watch(pair.Connection);
            bench.Sys.Stop(pair.Handler);
            await watcher.ExpectTerminatedAsync(pair.Connection, Deadline);
            return $"the connection stops; peer: {await PeerEndAsync(pair.Peer)}";
        })
        {
            OverUnix = "the connection stops; peer: FIN",
        },
        new("client-stops", "a client whose commander is its handler stops", async bench =>
        {
            Socket listener = bench.NewListener();
            TestProbe client = bench.CreateTestProbe();
            bench.Manager.Tell(new Tcp.Connect(listener.LocalEndPoint!), client);
            using Socket peer = await listener.AcceptAsync().WaitAsync(Deadline);
            await client.ExpectMsgAsync<Tcp.Connected>(Deadline);
            IActorRef connection = client.LastSender;
            connection.Tell(new Tcp.Register(client), client);
            await FenceAsync(connection);
            TestProbe watcher = bench.CreateTestProbe();
            watcher.Watch(client);
            bench.Sys.Stop(client);
            await watcher.ExpectTerminatedAsync(client, Deadline);
            bool stays = bench.IsAsStock(TcpCompat.OutliveHandler);
            return $"peer: {(stays ? await PeerEndOrOpenAsync(peer, connection) : await PeerEndAsync(peer))}";
        })
        {
            OverUnix = "peer: FIN",
            Better = new Difference("peer: RST", "the socket does not stay open without an owner"),
            Compat = "outlive-handler",
        },
        new("not-registered", "nobody registers within `register-timeout`", async bench =>
        {
            (TestProbe binder, EndPoint endpoint) = await bench.BindAsync();
            (Socket peer, IActorRef connection) = await bench.AcceptAsync(binder, endpoint);
            return $"bind handler: {await bench.UntilEndAsync(binder, connection)}; peer: {await PeerEndAsync(peer)}";
        })
        {
            OverUnix = "bind handler: nothing; peer: FIN",
            Config = "akka.io.tcp.register-timeout = 200ms",
        },
        new("close-after-write", "a large `Write` with an acknowledgement, then `Close`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[3_000_000]), 7.Ack()), pair.Handler);
            pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
            string end = await PeerEndAsync(pair.Peer);
            return $"peer: {end}; handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        }),
        new("confirmed-close-after-write", "a large `Write` with an acknowledgement, then `ConfirmedClose`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[3_000_000]), 7.Ack()), pair.Handler);
            pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            string end = await PeerEndAsync(pair.Peer);
            pair.Peer.Shutdown(SocketShutdown.Send);
            return $"peer: {end}; handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        }),
        new("write-after-close", "a large `Write`, `Close`, and another `Write` while the first is sent", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[30_000_000])), pair.Handler);
            pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("more"), 8.Ack()), pair.Handler);
            await FenceAsync(pair.Connection);
            string end = await PeerEndAsync(pair.Peer);
            return $"peer: {end}; handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        }),
        new("abort-with-writes", "`Abort` while writes with acknowledgements wait for a peer that does not read", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[30_000_000]), 1.Ack()), pair.Handler);
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("more"), 2.Ack()), pair.Handler);
            pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
            return $"handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        }),
        new("watch", "the connection is watched; `Close`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Handler.Watch(pair.Connection);
            pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}, {await NextAsync(pair.Handler)}";
        }),
    ];

    private static async Task<string> EndAsync(EqualityBench bench, object command)
    {
        Pair pair = await bench.ConnectAsync();
        await FenceAsync(pair.Connection);
        pair.Connection.Tell(command, pair.Handler);
        string told = await bench.UntilEndAsync(pair.Handler, pair.Connection);
        return $"handler: {told}; peer: {await PeerEndAsync(pair.Peer)}";
    }
}
