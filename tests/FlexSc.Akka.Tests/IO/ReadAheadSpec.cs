using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Handlers that do not come to what they are told: reading pauses, and nothing is lost.</summary>
public abstract class ReadAheadSpec(string config) : ReadAheadFixture($$"""

    flexsc.tcp.max-unhandled-bytes = {{LimitBytes}}
    flexsc.loops.receive-buffers = {{Buffers}}
    bounded { mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka", mailbox-capacity = 20, mailbox-push-timeout-time = 0s }
    {{config}}
    """)
{
    private const int LimitBytes = 262_144;
    private const int Buffers = 1024;
    private const int SentBytes = 48_000_000;

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
        Assert.InRange(unhandled, LimitBytes, LimitBytes + InFlightBytes(Buffers));
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
}

public sealed class ReadAheadOnIoUringSpec() : ReadAheadSpec("");

public sealed class ReadAheadOnInlineCallsSpec() : ReadAheadSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
