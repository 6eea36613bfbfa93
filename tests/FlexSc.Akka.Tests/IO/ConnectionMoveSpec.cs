using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A connection that comes to live on another loop goes on there, whatever it was doing.</summary>
public abstract class ConnectionMoveSpec(string backend) : TcpFixture(
    $"flexsc.loops {{ backend = {backend}, count = 2 }}\nflexsc.tcp.move-limit-ms = {LimitMs}")
{
    private const int LimitMs = 200;

    private IReadOnlyList<ActorLoop> Loops => Extension.Group.StartedLoops;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_sends_and_receives_on_the_loop_it_moves_to_and_back(bool pooled)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: pooled);
        await AssertEchoAsync(pair, 1, pooled);
        for (byte round = 2; round < 8; round++)
        {
            ActorLoop before = LoopOf(pair);
            ActorLoop target = Other(before);
            Assert.Null(await MoveAsync(pair, target));
            Assert.Same(target, LoopOf(pair));
            Assert.Equal((0, 1), (before.Io.ConnectionCount, target.Io.ConnectionCount));
            await AssertEchoAsync(pair, round, pooled);
        }

        Assert.Equal(6, Extension.Figures.Sum(static loop => loop.ArrivedConnections));
        Assert.Equal(6, Extension.Figures.Sum(static loop => loop.DepartedConnections));
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task It_is_there_at_once_when_it_is_there_already()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Assert.Null(await MoveAsync(pair, LoopOf(pair)));
        Assert.Equal(0, Extension.Figures.Sum(static loop => loop.ArrivedConnections));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_reader_that_is_suspended_or_asks_for_each_gets_what_came_meanwhile(bool pull)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(pullMode: pull);
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        if (!pull)
        {
            await SuspendAsync(pair);
        }

        for (int round = 0; round < 4; round++)
        {
            await pair.Peer.SendAsync(new byte[] { 1 });
            Assert.Null(await MoveAsync(pair, Other(LoopOf(pair))));
            await pair.Peer.SendAsync(new byte[] { 2 });
            await AssertNothingIsToldAsync(pair);
            for (int bytes = 0; bytes < 2;)
            {
                if (pull || bytes == 0)
                {
                    pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
                }

                bytes += (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.Count;
            }

            if (!pull)
            {
                await SuspendAsync(pair);
            }
        }
    }

    [Fact]
    public async Task The_end_of_one_that_nobody_reads_from_is_told_by_its_new_loop()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SuspendAsync(pair);
        Assert.Null(await MoveAsync(pair, Other(LoopOf(pair))));
        pair.Peer.LingerState = new LingerOption(true, 0);
        pair.Peer.Close();
        await pair.Handler.ExpectMsgAsync<Tcp.ErrorClosed>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_whose_peer_has_ended_goes_on_writing_there()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, keepOpen: true);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
        Assert.Null(await MoveAsync(pair, Other(LoopOf(pair))));
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("still"), new Ack(1)), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Ack>(Deadline);
        Assert.Equal("still"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 5));
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task One_whose_peer_takes_nothing_stays_and_sends_every_byte_later()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        byte[] sent = new byte[30_000_000];
        new Random(1).NextBytes(sent);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(sent), new Ack(1)), pair.Handler);
        await AwaitSendAsync(pair);
        ActorLoop before = LoopOf(pair);
        string? refusal = await MoveAsync(pair, Other(before));
        Assert.Contains($"flexsc.tcp.move-limit-ms ({LimitMs} ms)", refusal, StringComparison.Ordinal);
        Assert.Same(before, LoopOf(pair));
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("last"), new Ack(2)), pair.Handler);
        Task<byte[]> receiving = ReceiveExactlyAsync(pair.Peer, sent.Length + 4);
        await pair.Handler.ExpectMsgAsync<Ack>(ack => ack.Number == 1, Deadline);
        await pair.Handler.ExpectMsgAsync<Ack>(ack => ack.Number == 2, Deadline);
        byte[] received = await receiving;
        Assert.True(received.AsSpan(0, sent.Length).SequenceEqual(sent), "other bytes came than were sent");
        Assert.Equal("last"u8.ToArray(), received[sent.Length..]);

        // What it received meanwhile was not lost, and it moves now.
        await AssertEchoAsync(pair, 7, pooled: false);
        Assert.Null(await MoveAsync(pair, Other(before)));
        await AssertEchoAsync(pair, 8, pooled: false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_buffer_that_the_handler_holds_goes_back_to_the_loop_it_is_of(bool handlerDies)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        await pair.Peer.SendAsync(new byte[] { 42 });
        PooledReceived held = await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
        ActorLoop before = LoopOf(pair);
        Assert.Null(await MoveAsync(pair, Other(before)));
        Assert.Equal(42, held.Span[0]);
        Assert.Equal(1, await BuffersOutsideAsync(before));
        await pair.Peer.SendAsync(new byte[] { 43 });
        PooledReceived second = await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
        Assert.Equal((42, 43), (held.Span[0], second.Span[0]));
        second.Release();
        if (handlerDies)
        {
            Sys.Stop(pair.Handler.Ref);
        }
        else
        {
            held.Release();
            Assert.Throws<InvalidOperationException>(held.Release);
            await AwaitConditionAsync(async () => await BuffersOutsideAsync(before) == 0, Deadline);
            await AssertEchoAsync(pair, 44, pooled: true);
            pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        }

        await AssertNothingIsLeftAsync();
        if (handlerDies)
        {
            Assert.Throws<ObjectDisposedException>(() => held.Span[0]);
        }
    }

    [Fact]
    public async Task Output_that_was_written_and_not_flushed_moves_along_and_waits_for_its_flush()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        await LoopOf(pair).RunAsync(() =>
        {
            "unflushed"u8.CopyTo(output.GetSpan(9));
            output.Advance(9);
            return Task.FromResult(0);
        });
        Assert.Null(await MoveAsync(pair, Other(LoopOf(pair))));
        await AssertNothingIsToldAsync(pair);
        Assert.Equal(0, pair.Peer.Available);
        Assert.Equal(9, output.UnsentBytes);
        output.Flush();
        Assert.Equal("unflushed"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 9));
        await AwaitConditionAsync(() => Task.FromResult(output.UnsentBytes == 0), Deadline);
    }

    [Fact]
    public async Task One_that_is_closed_while_it_comes_to_rest_ends_and_the_answer_says_so()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[30_000_000])), pair.Handler);
        await AwaitSendAsync(pair);
        Task<string?> moving = MoveAsync(pair, Other(LoopOf(pair)));
        pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
        await pair.Handler.FishForMessageAsync<Tcp.Aborted>(static _ => true, Deadline);
        Assert.Equal("it ends", await moving.WaitAsync(Deadline));
        Assert.Equal("it has ended", await MoveAsync(pair, Loops[0]));
        await AssertNothingIsLeftAsync();
        await AwaitAssertAsync(() => Assert.Equal([0, 0], Loops.Select(static loop => loop.Io.ExpectedConnections)), Deadline);
    }

    [Fact]
    public async Task One_without_a_handler_is_refused_and_goes_on()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        Assert.StartsWith("it is not open", await MoveAsync(pair, Other(LoopOf(pair))), StringComparison.Ordinal);
        pair.Connection.Tell(new Tcp.Register(pair.Handler), bind);
        await AssertEchoAsync(pair, 5, pooled: false);
    }

    [Fact]
    public async Task A_second_move_that_is_asked_for_meanwhile_is_refused()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        ActorLoop target = Other(LoopOf(pair));
        using (LoopHold hold = new())
        {
            Assert.True(target.TrySchedule(hold));
            await hold.Reached.WaitAsync(Deadline);
            Task<string?> first = MoveAsync(pair, target);
            Assert.Equal($"it moves to loop {target.Index} already", await MoveAsync(pair, target));
            hold.Dispose();
            Assert.Null(await first);
        }
    }

    /// <summary>A send is in flight. What waits for one that is not moves along.</summary>
    private Task AwaitSendAsync(TcpPair pair) =>
        AwaitConditionAsync(() => Task.FromResult(((TcpConnection)pair.Connection).Sender.Operation.IsPending), Deadline);

    /// <summary>Reading is suspended: the connection has acted on it.</summary>
    private static async Task SuspendAsync(TcpPair pair)
    {
        pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
        await pair.Connection.Ask<ActorIdentity>(new Identify("suspended"), Deadline);
    }

    private static ActorLoop LoopOf(TcpPair pair) => ((TcpConnection)pair.Connection).ActorLoop;

    private static Task<int> BuffersOutsideAsync(ActorLoop loop) =>
        loop.RunAsync(() => Task.FromResult(loop.Loop.Buffers.Count - loop.Loop.Buffers.Available));

    private static Task<string?> MoveAsync(TcpPair pair, ActorLoop target)
    {
        TaskCompletionSource<string?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        pair.Connection.Tell(new MoveTo(target, answer.SetResult));
        return answer.Task.WaitAsync(Deadline);
    }

    private ActorLoop Other(ActorLoop loop) => Loops[1 - loop.Index];

    private static async Task AssertEchoAsync(TcpPair pair, byte value, bool pooled)
    {
        await pair.Peer.SendAsync(new[] { value });
        if (pooled)
        {
            PooledReceived received = await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
            Assert.Equal([value], received.Span.ToArray());
            received.Release();
        }
        else
        {
            Assert.Equal([value], (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToArray());
        }

        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes([value]), new Ack(value)), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Ack>(ack => ack.Number == value, Deadline);
        Assert.Equal([value], await ReceiveExactlyAsync(pair.Peer, 1));
    }

    private sealed class Ack(int number) : Tcp.Event, INoSerializationVerificationNeeded
    {
        public int Number => number;
    }
}

public sealed class ConnectionMoveOnIoUringSpec() : ConnectionMoveSpec("auto");

public sealed class ConnectionMoveOnSyscallThreadsSpec() : ConnectionMoveSpec("syscall-threads");
