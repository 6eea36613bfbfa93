using System.Net;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>
/// Receptions in hands that have no right to them any more: one receive buffer, so that the next reception of any connection is in the
/// same one.
/// </summary>
public abstract class StaleReceptionSpec(string backend) : TcpFixture(
    $"flexsc.loops.receive-buffers = 1\nflexsc.tcp.pooled-low-water-buffers = 0\nflexsc.loops.backend = {backend}")
{
    [Fact]
    public async Task A_reception_of_a_handler_that_ended_shows_and_frees_nobody_elses_bytes()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair ended = await ConnectAsync(bind, endpoint, pooled: true);
        PooledReceived stale = await ReceiveAsync(ended, "handed on");
        Sys.Stop(ended.Handler);
        await AssertNothingIsLeftAsync();

        using TcpPair other = await ConnectAsync(bind, endpoint, pooled: true);
        PooledReceived current = await ReceiveAsync(other, "secret");
        Assert.ThrowsAny<InvalidOperationException>(() => stale.Span.Length);
        Assert.ThrowsAny<InvalidOperationException>(stale.Release);
        stale.Dispose();
        Assert.Equal("secret"u8, current.Span);
        Assert.Equal(0, await AvailableBuffersAsync());
        current.Release();
    }

    [Fact]
    public async Task A_second_release_frees_no_buffer_of_another_connection()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair first = await ConnectAsync(bind, endpoint, pooled: true);
        using TcpPair second = await ConnectAsync(bind, endpoint, pooled: true);
        PooledReceived released = await ReceiveAsync(first, "one");
        released.Release();

        PooledReceived current = await ReceiveAsync(second, "two");
        Assert.ThrowsAny<InvalidOperationException>(() => released.Span.Length);
        Assert.ThrowsAny<InvalidOperationException>(released.Release);
        Assert.Equal("two"u8, current.Span);
        Assert.Equal(0, await AvailableBuffersAsync());
        current.Release();
    }

    [Fact]
    public async Task A_second_release_frees_no_later_buffer_of_the_same_connection()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        for (int round = 0; round < 20; round++)
        {
            PooledReceived released = await ReceiveAsync(pair, "one");
            released.Release();
            PooledReceived current = await ReceiveAsync(pair, "two");
            Assert.ThrowsAny<InvalidOperationException>(released.Release);
            Assert.Equal("two"u8, current.Span);
            current.Release();
        }
    }

    [Fact]
    public async Task Reclaiming_passes_over_receptions_that_are_on_their_way_back()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        PooledReceived released = await ReceiveAsync(pair, "a");
        TestProbe watcher = CreateTestProbe();
        await watcher.WatchAsync(pair.Handler);

        using (await HoldLoopAsync())
        {
            // The loop learns of the end first, and of the release after it.
            Sys.Stop(pair.Handler);
            await watcher.ExpectTerminatedAsync(pair.Handler, Deadline);
            released.Release();
        }

        await AssertNothingIsLeftAsync();
    }

    private static async Task<PooledReceived> ReceiveAsync(TcpPair pair, string text)
    {
        await pair.Peer.SendAsync(System.Text.Encoding.ASCII.GetBytes(text));
        return await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
    }

    private async Task<int> AvailableBuffersAsync()
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        return await loop.RunAsync(() => Task.FromResult(loop.Loop.Buffers.Available));
    }
}

public sealed class StaleReceptionOnIoUringSpec() : StaleReceptionSpec("io-uring");

public sealed class StaleReceptionOnSyscallThreadsSpec() : StaleReceptionSpec("syscall-threads");

/// <summary>Several receptions outside when the handler ends.</summary>
public abstract class ReclaimedReceptionSpec(string backend) : TcpFixture(
    $"flexsc.loops.receive-buffers = 8\nflexsc.tcp.pooled-low-water-buffers = 0\nflexsc.loops.backend = {backend}")
{
    [Fact]
    public async Task One_that_was_released_already_does_not_keep_the_others_from_being_taken_back()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        List<PooledReceived> held = [];
        for (int i = 0; i < 5; i++)
        {
            await pair.Peer.SendAsync("x"u8.ToArray());
            held.Add(await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline));
        }

        TestProbe watcher = CreateTestProbe();
        await watcher.WatchAsync(pair.Handler);
        using (await HoldLoopAsync())
        {
            Sys.Stop(pair.Handler);
            await watcher.ExpectTerminatedAsync(pair.Handler, Deadline);
            held[4].Release();
            held[2].Release();
        }

        await AssertNothingIsLeftAsync();
    }
}

public sealed class ReclaimedReceptionOnIoUringSpec() : ReclaimedReceptionSpec("io-uring");

public sealed class ReclaimedReceptionOnSyscallThreadsSpec() : ReclaimedReceptionSpec("syscall-threads");
