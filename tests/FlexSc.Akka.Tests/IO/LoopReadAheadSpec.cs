using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Handlers of many connections that do not come to what they are told, each within its own bound, which none of them reaches.</summary>
public abstract class LoopReadAheadSpec(string config) : ReadAheadFixture($$"""

    flexsc.tcp.max-unhandled-bytes = {{2 * SentBytes}}
    flexsc.tcp.max-unhandled-bytes-per-loop = {{LoopLimitBytes}}
    flexsc.loops.receive-buffers = {{Buffers}}
    pinned { type = PinnedDispatcher }
    {{config}}
    """)
{
    private const int LoopLimitBytes = 1_048_576;
    private const int SentBytes = 10_000_000;
    private const int Peers = 12;

    /// <summary>Few: each connection pauses when it is next told something, so what was in flight comes for one after the other.</summary>
    private const int Buffers = 64;

    [Fact]
    public async Task All_handlers_of_a_loop_together_are_bounded()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        List<TcpPair> pairs = [];
        using SlowHandler.Gate gate = new();
        for (int i = 0; i < Peers; i++)
        {
            TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
            pairs.Add(pair);

            // Threads of their own: held up together they would leave the pool none.
            IActorRef handler = Sys.ActorOf(Props.Create(() => new SlowHandler(gate, pair.Handler)).WithDispatcher("pinned"));
            pair.Connection.Tell(new Tcp.Register(handler), bind);
        }

        List<Task<long>> sending = [.. pairs.Select(pair => SendAsync(pair.Peer, SentBytes))];
        await gate.Reached.WaitAsync(Deadline);
        Assert.InRange(await WaitUntilPausedAsync(pairs), LoopLimitBytes, LoopLimitBytes + (Peers * InFlightBytes(Buffers)));
        Assert.All(sending, static one => Assert.False(one.IsCompleted, "a peer could send everything"));
        gate.Open();
        await Task.WhenAll(sending).WaitAsync(TransferLimit);
        foreach (TcpPair pair in pairs)
        {
            pair.Peer.Shutdown(SocketShutdown.Send);
            (long bytes, long wrong, int others) = await pair.Handler.ExpectMsgAsync<(long, long, int)>(TransferLimit);
            Assert.Equal((SentBytes, 0, 0), (bytes, wrong, others));
            pair.Dispose();
        }

        await AssertNothingIsLeftAsync();
    }
}

public sealed class LoopReadAheadOnIoUringSpec() : LoopReadAheadSpec("");

public sealed class LoopReadAheadOnInlineCallsSpec() : LoopReadAheadSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
