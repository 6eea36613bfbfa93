using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using static FlexSc.Akka.Tests.Equality.EqualityBench;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>Writes, their acknowledgements and their failures.</summary>
internal static class WritingRows
{
    private const string SmallQueue = "akka.io.tcp.write-commands-queue-max-size = 100";

    public static IReadOnlyList<EqualityRow> All { get; } =
    [
        new("ack", "`Write` with an acknowledgement", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("pong"), 1.Ack()), pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}; peer: {await ReceiveTextAsync(pair.Peer, 4)}";
        }),
        new("no-ack", "`Write` without an acknowledgement, then one with", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("po")), pair.Handler);
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("ng"), 2.Ack()), pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}; peer: {await ReceiveTextAsync(pair.Peer, 4)}";
        }),
        new("empty-write", "an empty `Write` with an acknowledgement", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.Empty, 1.Ack()), pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}";
        }),
        new("compound", "`CompoundWrite` of three parts, the first and the last with an acknowledgement", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            Tcp.WriteCommand compound = Tcp.WriteCommand.Create(
                Tcp.Write.Create(ByteString.FromString("a"), 1.Ack()),
                Tcp.Write.Create(ByteString.FromString("b")),
                Tcp.Write.Create(ByteString.FromString("c"), 3.Ack()));
            pair.Connection.Tell(compound, pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}, {await NextAsync(pair.Handler)}; peer: {await ReceiveTextAsync(pair.Peer, 3)}";
        }),
        new("rope", "`Write` of a `ByteString` of three pieces", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            ByteString rope = ByteString.FromString("one ") + ByteString.FromString("two ") + ByteString.FromString("three");
            pair.Connection.Tell(Tcp.Write.Create(rope, 1.Ack()), pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}; peer: {await ReceiveTextAsync(pair.Peer, 13)}";
        }),
        new("write-before-register", "`Write` before `Register`", async bench =>
        {
            (TestProbe binder, EndPoint endpoint) = await bench.BindAsync();
            (Socket peer, IActorRef connection) = await bench.AcceptAsync(binder, endpoint);
            TestProbe handler = bench.CreateTestProbe();
            connection.Tell(Tcp.Write.Create(ByteString.FromString("early"), 1.Ack()), handler);
            connection.Tell(new Tcp.Register(handler), handler);
            return $"handler: {await NextAsync(handler)}; peer: {await ReceiveTextAsync(peer, 5)}";
        }),
        new("queue-full", "`Write` of 200 bytes; `write-commands-queue-max-size = 100`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[200]), 1.Ack()), pair.Handler);
            return $"handler: {await NextAsync(pair.Handler)}";
        })
        {
            Config = SmallQueue,
            Better = new Difference(
                "handler: CommandFailed(Write, IOException \"Dropping write because queue is full: 0 bytes are unsent, flexsc.tcp.max-unsent-bytes is 100\")",
                "the text says how full, and which key"),
            Compat = "queue-full-text",
        },
        new("after-queue-full", "the same, then a small `Write` without `ResumeWriting`", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[200]), 1.Ack()), pair.Handler);
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("small"), 2.Ack()), pair.Handler);
            return $"handler: {await NextKindAsync(pair.Handler)}, {await NextKindAsync(pair.Handler)}";
        })
        {
            Config = SmallQueue,
            Compat = "write-after-failure",
            Documented = "handler: CommandFailed, CommandFailed",
        },
        new("resume-writing", "`ResumeWriting` after a write failed", async bench =>
        {
            Pair pair = await bench.ConnectAsync();
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[200]), 1.Ack()), pair.Handler);
            await NextAsync(pair.Handler);
            pair.Connection.Tell(Tcp.ResumeWriting.Instance, pair.Handler);
            await FenceAsync(pair.Connection);
            return $"handler: {await SoFarAsync(pair.Handler)}";
        })
        {
            Config = SmallQueue,
            Better = new Difference("handler: WritingResumed", "who asks is answered, as documented"),
        },
    ];

    /// <summary>The next message without its text.</summary>
    private static async Task<string> NextKindAsync(TestProbe probe) => (await NextAsync(probe)).Split('(')[0];
}

internal static class AckExtensions
{
    /// <summary>An acknowledgement that says which write it is of.</summary>
    public static Tcp.Event Ack(this int number) => new NumberedAck(number);
}

internal sealed class NumberedAck(int number) : Tcp.Event
{
    public override string ToString() => $"ack {number}";
}
