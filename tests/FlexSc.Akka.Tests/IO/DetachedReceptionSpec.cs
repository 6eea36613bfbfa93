using System.Net;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Receptions that are handed on.</summary>
public abstract class DetachedReceptionSpec(string backend) : TcpFixture(
    $"flexsc.loops.receive-buffers = 1\nflexsc.tcp.pooled-low-water-buffers = 0\nflexsc.loops.backend = {backend}")
{
    [Fact]
    public async Task A_detached_reception_outlives_its_handler_its_connection_and_the_loops()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        await pair.Peer.SendAsync("mine"u8.ToArray());
        PooledReceived received = await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
        DetachedReception detached = received.Detach();
        Assert.ThrowsAny<InvalidOperationException>(received.Release);
        Assert.ThrowsAny<InvalidOperationException>(received.Detach);
        Sys.Stop(pair.Handler);
        await AssertNothingIsLeftAsync();

        using TcpPair other = await ConnectAsync(bind, endpoint, pooled: true);
        await other.Peer.SendAsync("else"u8.ToArray());
        using PooledReceived current = await other.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
        Assert.Equal("mine"u8, detached.Memory.Span);
        current.Dispose();
        current.Dispose();

        Task ended = FlexLoopsEnded();
        await Sys.Terminate().WaitAsync(Deadline);
        await ended.WaitAsync(Deadline);
        Assert.Equal("mine"u8, detached.Memory.Span);
        detached.Dispose();
        detached.Dispose();
        Assert.Throws<ObjectDisposedException>(() => detached.Memory.Length);
    }

    [Fact]
    public async Task What_is_held_when_the_loops_end_refuses()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        await pair.Peer.SendAsync("gone"u8.ToArray());
        PooledReceived received = await pair.Handler.ExpectMsgAsync<PooledReceived>(Deadline);
        Task ended = FlexLoopsEnded();
        await Sys.Terminate().WaitAsync(Deadline);
        await ended.WaitAsync(Deadline);
        Assert.Throws<ObjectDisposedException>(() => received.Span.Length);
        received.Dispose();
    }

    private Task FlexLoopsEnded() => FlexSc.Akka.Loops.FlexLoops.WhenEnded(Sys);
}

public sealed class DetachedReceptionOnIoUringSpec() : DetachedReceptionSpec("io-uring");

public sealed class DetachedReceptionOnSyscallThreadsSpec() : DetachedReceptionSpec("syscall-threads");
