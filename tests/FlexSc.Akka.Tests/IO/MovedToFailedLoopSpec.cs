using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.Loops;
using FlexSc.Akka.Tests.Tls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>What a connection has on a loop that lives, when the one it moved to is ended by an error.</summary>
public abstract class MovedToFailedLoopSpec(string backend) : TlsFixture(
    $"flexsc.loops {{ backend = {backend}, count = 2, on-loop-failure = continue }}")
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Buffers_of_the_loop_that_lives_come_back_when_the_handler_dies(bool isSecured)
    {
        using HeldBuffer held = await HoldBufferAsync(isSecured);
        Assert.Null(await held.Connection.MoveAsync(held.Target).WaitAsync(Deadline));
        LoopDescriptors.Replace(held.Descriptor);
        Assert.True(held.Target.TrySchedule(new Nothing()));
        await AssertIsReclaimedAsync(held);
    }

    /// <summary>A connection whose handler holds a buffer of its loop.</summary>
    private protected async Task<HeldBuffer> HoldBufferAsync(bool isSecured)
    {
        HashSet<int> before = LoopDescriptors.Of(backend);
        (TestProbe bind, IPEndPoint endpoint) = isSecured ? await BindTlsAsync() : await BindAsync();
        int[] descriptors = [.. LoopDescriptors.Of(backend).Except(before).Order()];
        IReadOnlyList<ActorLoop> loops = Extension.Group.StartedLoops;

        // The loops were made in order, and so were what they wait on.
        Assert.Equal(loops.Count, descriptors.Length);
        (Stream peer, IActorRef connection, TestProbe handler) =
            isSecured ? await ConnectSecuredAsync(bind, endpoint) : await ConnectPlainAsync(bind, endpoint);
        await peer.WriteAsync(new byte[] { 42 });
        PooledReceived reception = await handler.ExpectMsgAsync<PooledReceived>(Deadline);
        ActorLoop home = ((TcpConnection)connection).ActorLoop;
        ActorLoop target = loops[1 - home.Index];
        return new HeldBuffer(peer, (TcpConnection)connection, handler, reception, home, target, descriptors[target.Index]);
    }

    private async Task<(Stream Peer, IActorRef Connection, TestProbe Handler)> ConnectPlainAsync(TestProbe bind, IPEndPoint endpoint)
    {
        TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        return (new NetworkStream(pair.Peer, ownsSocket: true), pair.Connection, pair.Handler);
    }

    private async Task<(Stream Peer, IActorRef Connection, TestProbe Handler)> ConnectSecuredAsync(TestProbe bind, IPEndPoint endpoint)
    {
        TlsPair pair = await ConnectTlsAsync(bind, endpoint, pooled: true);
        return (pair.Peer, pair.Connection, pair.Handler);
    }

    /// <summary>The other loop ends, and the connection with it; the handler still holds the buffer, and then dies.</summary>
    private protected async Task AssertIsReclaimedAsync(HeldBuffer held)
    {
        await Assert.ThrowsAnyAsync<Exception>(() => held.Target.Loop.Ended.WaitAsync(Deadline));
        await held.Handler.FishForMessageAsync(static message => message is Tcp.ConnectionClosed, Deadline);
        Assert.Equal(1, await BuffersOutsideAsync(held.Home));
        Assert.Equal(42, held.Reception.Span[0]);
        Sys.Stop(held.Handler.Ref);
        await AwaitConditionAsync(async () => await BuffersOutsideAsync(held.Home) == 0, Deadline);
        Assert.Throws<ObjectDisposedException>(() => held.Reception.Span[0]);
    }

    private static Task<int> BuffersOutsideAsync(ActorLoop loop) =>
        loop.RunAsync(() => Task.FromResult(loop.Loop.Buffers.Count - loop.Loop.Buffers.Available));

    /// <param name="Peer">The other side.</param>
    /// <param name="Connection">The connection.</param>
    /// <param name="Handler">Its handler.</param>
    /// <param name="Reception">What the handler holds.</param>
    /// <param name="Home">The loop that it was received on.</param>
    /// <param name="Target">The other one.</param>
    /// <param name="Descriptor">What that one waits on.</param>
    private protected sealed record HeldBuffer(
        Stream Peer, TcpConnection Connection, TestProbe Handler, PooledReceived Reception, ActorLoop Home, ActorLoop Target, int Descriptor)
        : IDisposable
    {
        public void Dispose() => Peer.Dispose();
    }

    private sealed class Nothing : IRunnable
    {
        public void Execute() => Run();

        public void Run()
        {
        }
    }
}

public sealed class MovedToFailedLoopOnIoUringSpec() : MovedToFailedLoopSpec("io-uring")
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_come_back_as_well_when_that_loop_ends_before_the_connection_has_come(bool isSecured)
    {
        using HeldBuffer held = await HoldBufferAsync(isSecured);
        using HeldCall afterRoom = new(held.Target);
        Task<string?> moving = await HoldOnTheWayAsync(held.Connection, held.Target, afterRoom, afterRoom.Hold.Reached);
        LoopDescriptors.Replace(held.Descriptor);
        afterRoom.Dispose();
        await AssertIsReclaimedAsync(held);
        Assert.Equal($"loop {held.Target.Index} has ended, and the connection with it", await moving.WaitAsync(Deadline));
    }

    /// <summary>Holds a loop, and then makes a call, so that the turn's end enters the kernel before the next turn takes what was told.</summary>
    private sealed class HeldCall(ActorLoop loop) : IRunnable, IDisposable
    {
        public LoopHold Hold { get; } = new();

        public void Execute() => Run();

        public void Run()
        {
            Hold.Run();
            Assert.True(loop.Loop.TrySubmit(new Ignored(), SyscallNumber.FSync, argument0: -1));
        }

        public void Dispose() => Hold.Dispose();

        private sealed class Ignored : SyscallOperation
        {
            protected override void OnCompleted(SyscallLoop loop, in Completion completion)
            {
            }
        }
    }
}

public sealed class MovedToFailedLoopOnSyscallThreadsSpec() : MovedToFailedLoopSpec("syscall-threads");
