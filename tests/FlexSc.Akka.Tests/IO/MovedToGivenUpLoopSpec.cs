using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.Tls;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A connection that was sent to another loop, which is given up before it came to it.</summary>
public abstract class MovedToGivenUpLoopSpec(string config) : TlsFixture($"flexsc.loops.count = 2\n{config}")
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_goes_to_another_loop_and_acts_there_on_what_it_was_told_on_the_way(bool isSecured)
    {
        await using Moving moving = await BeginAsync(isSecured);
        using LoopHold hold = new();
        Task<string?> answer = await HoldOnTheWayAsync(moving.Connection, moving.Target, hold, hold.Reached);
        moving.Connection.Tell(Tcp.Write.Create(ByteString.FromString("told before")), moving.Handler);
        GiveUp(moving.Target);
        moving.Connection.Tell(Tcp.Write.Create(ByteString.FromString(", told behind")), moving.Handler);
        Assert.Equal(
            $"loop {moving.Target.Index} is given up, and it went to loop {moving.Home.Index}", await answer.WaitAsync(Patience));
        Assert.Equal("told before, told behind"u8.ToArray(), await ReadExactlyAsync(moving.Peer, 24));
        await AssertTalksAsync(moving, moving.Home);

        // It is passed over there, and the room that was kept for it is free again.
        hold.Dispose();
        await moving.Target.RunAsync(() => Task.FromResult(0)).WaitAsync(Patience);
        Assert.Equal((0, 0), await CountAsync(moving.Target));
        Assert.Equal(0, moving.Target.Arrivals.Count);
        await AssertTalksAsync(moving, moving.Home);
    }

    [Fact]
    public async Task It_waits_for_that_loop_where_no_other_one_has_room()
    {
        await using Moving moving = await BeginAsync(isSecured: false);
        using LoopHold hold = new();
        Task<string?> answer = await HoldOnTheWayAsync(moving.Connection, moving.Target, hold, hold.Reached);
        int taken = await moving.Home.RunAsync(() =>
        {
            int rooms = 0;
            for (; moving.Home.Io.TryReserveArrival(); rooms++)
            {
            }

            return Task.FromResult(rooms);
        });
        GiveUp(moving.Target);

        // The other loop has come to it and sent it back once it does what it was asked behind it.
        await moving.Home.RunAsync(() => Task.FromResult(0)).WaitAsync(Patience);
        Assert.Same(moving.Target, moving.Connection.ActorLoop);
        Assert.False(answer.IsCompleted, "it did not wait");
        hold.Dispose();
        Assert.Null(await answer.WaitAsync(Patience));
        await moving.Home.RunAsync(() =>
        {
            for (int i = 0; i < taken; i++)
            {
                moving.Home.Io.ReleaseArrival();
            }

            return Task.FromResult(0);
        });
        await AssertTalksAsync(moving, moving.Target);
        Assert.Equal((1, 0), await CountAsync(moving.Target));
    }

    private static Task<(int Connections, int Expected)> CountAsync(ActorLoop loop) =>
        loop.RunAsync(() => Task.FromResult((loop.Io.ConnectionCount, loop.Io.ExpectedConnections)));

    /// <summary>As the watchdog does; that takes it back by itself once it goes on.</summary>
    private static void GiveUp(ActorLoop loop) => loop.Group.GivenUp.GiveUp(loop, nameof(LoopHold), "which waits", TimeSpan.Zero);

    private static async Task AssertTalksAsync(Moving moving, ActorLoop loop)
    {
        Assert.Same(loop, moving.Connection.ActorLoop);
        await moving.Peer.WriteAsync("question"u8.ToArray());
        Assert.Equal("question"u8.ToArray(), await ReceiveAsync(moving.Handler, pooled: false, 8));
        moving.Connection.Tell(Tcp.Write.Create(ByteString.FromString("answer")), moving.Handler);
        Assert.Equal("answer"u8.ToArray(), await ReadExactlyAsync(moving.Peer, 6));
    }

    private async Task<Moving> BeginAsync(bool isSecured)
    {
        (TestProbe bind, IPEndPoint endpoint) = isSecured ? await BindTlsAsync() : await BindAsync();
        (Stream peer, IActorRef connection) = await ConnectStreamAsync(bind, endpoint, isSecured ? ClientOptions() : null);
        TestProbe handler = CreateTestProbe();
        connection.Tell(new Tcp.Register(handler), bind);
        if (isSecured)
        {
            await handler.ExpectMsgAsync<TlsNegotiated>(Patience);
        }

        ActorLoop home = ((TcpConnection)connection).ActorLoop;
        return new Moving(peer, (TcpConnection)connection, handler, home, Extension.Group.StartedLoops[1 - home.Index]);
    }

    /// <param name="Peer">The other side.</param>
    /// <param name="Connection">The connection.</param>
    /// <param name="Handler">Its handler.</param>
    /// <param name="Home">The loop it lived on.</param>
    /// <param name="Target">The other one.</param>
    private sealed record Moving(Stream Peer, TcpConnection Connection, TestProbe Handler, ActorLoop Home, ActorLoop Target) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Peer.DisposeAsync();
    }
}

public sealed class MovedToGivenUpLoopOnIoUringSpec() : MovedToGivenUpLoopSpec(OnIoUring);

public sealed class MovedToGivenUpLoopOnInlineCallsSpec() : MovedToGivenUpLoopSpec(OnInlineCalls);
