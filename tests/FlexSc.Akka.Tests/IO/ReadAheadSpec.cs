using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Handlers that do not come to what they are told: reading pauses, and nothing is lost.</summary>
public abstract class ReadAheadSpec(string config) : TcpFixture($$"""

    akka.actor.serialize-messages = off
    flexsc.tcp.max-unhandled-bytes = {{LimitBytes}}
    flexsc.tcp.max-unhandled-bytes-per-loop = {{LoopLimitBytes}}
    bounded { mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka", mailbox-capacity = 20, mailbox-push-timeout-time = 0s }
    {{config}}
    """)
{
    private const int LimitBytes = 262_144;
    private const int LoopLimitBytes = 1_048_576;
    private const int SentBytes = 48_000_000;
    private static readonly TimeSpan TransferLimit = TimeSpan.FromSeconds(120);

    // What the kernel had completed when the pause began still comes: the receive buffers there are, 4 MiB, and those of them that came
    // back meanwhile.
    private const int InFlightBytes = 8_800_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handler_that_is_held_up_stops_the_peer_and_gets_everything_later(bool pooled)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        using SlowHandler.Gate gate = new();
        IActorRef handler = Sys.ActorOf(Props.Create(() => new SlowHandler(gate, pair.Handler)));
        pair.Connection.Tell(pooled ? new RegisterPooled(handler) : new Tcp.Register(handler), bind);
        Task<long> sending = SendAsync(pair.Peer, SentBytes);
        await gate.Reached.WaitAsync(Deadline);
        long unhandled = await WaitUntilPausedAsync(pair);
        Assert.InRange(unhandled, LimitBytes, LimitBytes + InFlightBytes);
        Assert.False(sending.IsCompleted, "the peer could send everything");

        gate.Open();
        await sending.WaitAsync(TransferLimit);
        pair.Peer.Shutdown(SocketShutdown.Send);
        (long bytes, long wrong, int others) = await pair.Handler.ExpectMsgAsync<(long, long, int)>(TransferLimit);
        Assert.Equal((SentBytes, 0, 0), (bytes, wrong, others));
        pair.Peer.Close();
        await AssertNothingIsLeftAsync();
        await AwaitAssertAsync(async () => Assert.Equal(0, await UnhandledBytesAsync()), Deadline);
    }

    [Fact]
    public async Task All_handlers_of_a_loop_together_are_bounded()
    {
        const int Peers = 12;
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

        List<Task<long>> sending = [.. pairs.Select(pair => SendAsync(pair.Peer, 10_000_000))];
        await gate.Reached.WaitAsync(Deadline);
        Assert.InRange(await WaitUntilPausedAsync(pairs), LoopLimitBytes / 2, LoopLimitBytes + InFlightBytes);
        gate.Open();
        await Task.WhenAll(sending).WaitAsync(TransferLimit);
        foreach (TcpPair pair in pairs)
        {
            pair.Peer.Shutdown(SocketShutdown.Send);
            (long bytes, long wrong, int others) = await pair.Handler.ExpectMsgAsync<(long, long, int)>(TransferLimit);
            Assert.Equal((10_000_000, 0, 0), (bytes, wrong, others));
            pair.Dispose();
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_question_that_a_bounded_mailbox_dropped_is_asked_again()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        using SlowHandler.Gate gate = new();
        IActorRef handler = Sys.ActorOf(Props.Create(() => new SlowHandler(gate, pair.Handler)).WithMailbox("bounded"));
        pair.Connection.Tell(new Tcp.Register(handler), bind);
        Task<long> sending = SendAsync(pair.Peer, SentBytes);
        await gate.Reached.WaitAsync(Deadline);
        await WaitUntilPausedAsync(pair);
        gate.Open();

        // The mailbox loses messages, as it is meant to; the connection goes on all the same.
        await sending.WaitAsync(TransferLimit);
    }

    private static async Task<long> SendAsync(Socket peer, int bytes)
    {
        byte[] block = new byte[64 * 251];
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)(i % 251);
        }

        int sent = 0;
        while (sent < bytes)
        {
            int offset = sent % block.Length;
            sent += await peer.SendAsync(block.AsMemory(offset, Math.Min(block.Length - offset, bytes - sent)));
        }

        return sent;
    }

    private async Task<long> UnhandledBytesAsync()
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        return await loop.RunAsync(() => Task.FromResult(loop.Io.Tcp.Receptions.UnhandledBytes));
    }

    /// <summary>Waits until reading pauses and no receive is under way any more, so that nothing can come; and says what is unhandled.</summary>
    private async Task<long> WaitUntilPausedAsync(params IReadOnlyList<TcpPair> pairs)
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        TcpReceiver[] receivers = [.. pairs.Select(pair => ((FlexSc.Akka.IO.TcpConnection)pair.Connection).Receiver)];
        await AwaitAssertAsync(
            async () => Assert.True(
                await loop.RunAsync(() => Task.FromResult(receivers.All(receiver => receiver.ReadAhead.IsPaused && !receiver.Operation.IsPending))),
                "a connection still reads"),
            Deadline);
        return await UnhandledBytesAsync();
    }

    private sealed class SlowHandler(SlowHandler.Gate gate, IActorRef probe) : UntypedActor
    {
        private long _bytes;
        private long _wrong;
        private int _others;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Received received:
                    Take(received.Data.ToReadOnlySpan());
                    break;
                case PooledReceived received:
                    Take(received.Span);
                    received.Release();
                    break;
                case Tcp.PeerClosed:
                    probe.Tell((_bytes, _wrong, _others));
                    break;
                default:
                    _others++;
                    break;
            }
        }

        private void Take(ReadOnlySpan<byte> bytes)
        {
            gate.Pass();
            foreach (byte value in bytes)
            {
                _wrong += value == (byte)(_bytes % 251) ? 0 : 1;
                _bytes++;
            }
        }

        public sealed class Gate : IDisposable
        {
            private readonly ManualResetEventSlim _open = new();
            private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public Task Reached => _reached.Task;

            public void Pass()
            {
                _reached.TrySetResult();
                _open.Wait(TransferLimit);
            }

            public void Open() => _open.Set();

            public void Dispose() => _open.Set();
        }
    }
}

public sealed class ReadAheadOnIoUringSpec() : ReadAheadSpec("pinned { type = PinnedDispatcher }");

public sealed class ReadAheadOnInlineCallsSpec() : ReadAheadSpec(
    "pinned { type = PinnedDispatcher }\nflexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
