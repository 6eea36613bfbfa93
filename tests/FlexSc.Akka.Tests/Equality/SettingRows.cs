using System.Net;
using Akka.IO;
using Akka.TestKit;
using static FlexSc.Akka.Tests.Equality.EqualityBench;

namespace FlexSc.Akka.Tests.Equality;

/// <summary>The keys of <c>akka.io.tcp</c> that no other row sets: those of Akka.IO's own machinery.</summary>
internal static class SettingRows
{
    private const int ExchangedBytes = 20_000;

    public static IReadOnlyList<EqualityRow> All { get; } =
    [
        new("buffer-pool", "20,000 bytes come and are sent back; `buffer-pool = akka.io.tcp.direct-buffer-pool`, smaller buffers in both pools", ExchangeAsync)
        {
            Config = """
                akka.io.tcp {
                  buffer-pool = "akka.io.tcp.direct-buffer-pool"
                  direct-buffer-pool { buffer-size = 256, buffers-per-segment = 20, initial-segments = 1, buffer-pool-limit = 20 }
                  disabled-buffer-pool.buffer-size = 256
                }
                """,
        },
        new("socket-buffers", "the same; `send-buffer-size` and `receive-buffer-size = 64k`", ExchangeAsync)
        {
            Config = "akka.io.tcp { send-buffer-size = 64k, receive-buffer-size = 64k }",
        },
        new("dispatchers", "the same; `management-dispatcher = akka.actor.default-dispatcher`, `trace-logging = on`", ExchangeAsync)
        {
            Config = "akka.io.tcp { management-dispatcher = akka.actor.default-dispatcher, trace-logging = on }",
        },
        new("accept-limits", "three clients connect; `batch-accept-limit`, `max-channels` and `selector-association-retries = 1`", async bench =>
        {
            const int Clients = 3;
            (TestProbe binder, EndPoint endpoint) = await bench.BindAsync();
            List<string> told = [];
            for (int i = 0; i < Clients; i++)
            {
                await bench.NewSocket().ConnectAsync(endpoint);
                told.Add(await NextAsync(binder));
            }

            return $"bind handler: {string.Join(", ", told)}";
        })
        {
            Config = "akka.io.tcp { batch-accept-limit = 1, max-channels = 1, selector-association-retries = 1 }",
        },
    ];

    private static async Task<string> ExchangeAsync(EqualityBench bench)
    {
        Pair pair = await bench.ConnectAsync();
        string sent = string.Concat(Enumerable.Range(0, ExchangedBytes).Select(static i => (char)('a' + (i % 23))));
        await pair.Peer.SendAsync(System.Text.Encoding.ASCII.GetBytes(sent));
        ByteString came = ByteString.Empty;
        while (came.Count < ExchangedBytes)
        {
            came += (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data;
        }

        pair.Connection.Tell(Tcp.Write.Create(came, 1.Ack()), pair.Handler);
        string back = await ReceiveTextAsync(pair.Peer, ExchangedBytes);
        return $"handler: {await NextAsync(pair.Handler)}; peer: {(back == sent ? "the same bytes" : "other bytes")}";
    }
}
