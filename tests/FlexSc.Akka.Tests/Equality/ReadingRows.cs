using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using static FlexSc.Akka.Tests.Equality.EqualityBench;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>What a handler is told of what the peer sends.</summary>
internal static class ReadingRows
{
    public static IReadOnlyList<EqualityRow> All { get; } =
    [
        new("pieces", "20,000 bytes come", async bench => await PiecesAsync(bench, 20_000, 4096)),
        new("frame-size", "1,000 bytes come; `maximum-frame-size = 128b`", async bench => await PiecesAsync(bench, 1_000, 128))
        {
            Config = "akka.io.tcp.maximum-frame-size = 128b",
        },
        new("pull", "pull mode: three bytes come; `ResumeReading` once", async bench =>
        {
            Pair pair = await bench.ConnectAsync(pullMode: true);
            await pair.Peer.SendAsync("abc"u8.ToArray());
            string before = await NextOrSettledAsync(pair.Handler, comes: false, pair.Connection);
            pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
            string first = await NextAsync(pair.Handler);
            await pair.Peer.SendAsync("def"u8.ToArray());
            string second = await NextOrSettledAsync(pair.Handler, comes: false, pair.Connection);
            return $"before: {before}; after: {first}, then {second}";
        }),
        new("suspend", "`SuspendReading`, then bytes come, then `ResumeReading`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            await FenceAsync(pair.Connection);
            pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
            await FenceAsync(pair.Connection);
            await pair.Peer.SendAsync("a"u8.ToArray());
            string suspended = await NextOrSettledAsync(pair.Handler, bench.IsAsStock(TcpCompat.ReceiveAfterSuspend), pair.Connection);
            pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
            string resumed = await NextOrSettledAsync(pair.Handler, comes: suspended == "nothing", pair.Connection);
            return $"suspended: {suspended}; resumed: {resumed}";
        })
        {
            Better = new Difference("suspended: nothing; resumed: Received(\"a\")", "suspended is suspended: nothing comes until reading is resumed"),
            Compat = "receive-after-suspend",
        },
        new("before-register", "bytes come before `Register`", async bench =>
        {
            (global::Akka.TestKit.TestProbe binder, System.Net.EndPoint endpoint) = await bench.BindAsync();
            (System.Net.Sockets.Socket peer, IActorRef connection) = await bench.AcceptAsync(binder, endpoint);
            await peer.SendAsync("early"u8.ToArray());
            global::Akka.TestKit.TestProbe handler = bench.CreateTestProbe();
            connection.Tell(new Tcp.Register(handler), handler);
            return $"handler: {await NextAsync(handler)}";
        }),
        new("fin-after-data", "the peer sends and ends at once", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            await FenceAsync(pair.Connection);
            await pair.Peer.SendAsync("last"u8.ToArray());
            pair.Peer.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            return $"handler: {await bench.UntilEndAsync(pair.Handler, pair.Connection)}";
        }),
    ];

    private static async Task<string> PiecesAsync(EqualityBench bench, int bytes, int most)
    {
        Pair pair = await bench.ConnectAsync();
        byte[] sent = new byte[bytes];
        Random.Shared.NextBytes(sent);
        await pair.Peer.SendAsync(sent);
        List<byte> came = [];
        int largest = 0;
        while (came.Count < bytes)
        {
            Tcp.Received received = await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline);
            largest = Math.Max(largest, received.Data.Count);
            came.AddRange(received.Data.ToArray());
        }

        return $"{(came.SequenceEqual(sent) ? "all bytes in order" : "other bytes")}, "
            + (largest <= most ? $"at most {most} a `Received`" : $"up to {largest} a `Received`");
    }
}
