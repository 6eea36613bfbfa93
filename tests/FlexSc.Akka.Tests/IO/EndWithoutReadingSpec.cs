using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Ends that come while nothing is being read: each state in which that is so.</summary>
public abstract class EndWithoutReadingSpec(string config) : TcpFixture(config)
{
    public enum Reading
    {
        Suspended,
        SuspendedWithDataBefore,
        PullWithoutDemand,
        PullAfterOne,
        AfterThePeersEnd,
    }

    [Theory]
    [InlineData(Reading.Suspended)]
    [InlineData(Reading.SuspendedWithDataBefore)]
    [InlineData(Reading.PullWithoutDemand)]
    [InlineData(Reading.PullAfterOne)]
    [InlineData(Reading.AfterThePeersEnd)]
    public async Task A_reset_is_told_at_once(Reading reading)
    {
        using TcpPair pair = await ConnectAsync(reading);
        pair.Peer.LingerState = new LingerOption(true, 0);
        pair.Peer.Close();
        Tcp.ErrorClosed closed = await pair.Handler.ExpectMsgAsync<Tcp.ErrorClosed>(Deadline);

        // After the peer's end the kernel calls a reset a broken pipe.
        Assert.Equal(reading == Reading.AfterThePeersEnd ? "Broken pipe" : "Connection reset by peer", closed.Cause);
        await AssertNothingIsLeftAsync();
    }

    [Theory]
    [InlineData(Reading.Suspended)]
    [InlineData(Reading.PullWithoutDemand)]
    [InlineData(Reading.PullAfterOne)]
    public async Task The_peers_end_is_told_when_nothing_lies_before_it(Reading reading)
    {
        using TcpPair pair = await ConnectAsync(reading);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
        await AssertNothingIsLeftAsync(pair);
    }

    [Theory]
    [InlineData(Reading.SuspendedWithDataBefore)]
    [InlineData(Reading.PullWithoutDemand)]
    [InlineData(Reading.PullAfterOne)]
    public async Task The_peers_end_stays_after_the_data_before_it(Reading reading)
    {
        using TcpPair pair = await ConnectAsync(reading);
        if (reading != Reading.SuspendedWithDataBefore)
        {
            await pair.Peer.SendAsync("data"u8.ToArray());
        }

        pair.Peer.Shutdown(SocketShutdown.Send);
        await AssertSeenAndNotToldAsync(pair);
        pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
        Assert.Equal("data", (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
        await AssertNothingIsLeftAsync(pair);
    }

    [Theory]
    [InlineData(Reading.Suspended)]
    [InlineData(Reading.PullWithoutDemand)]
    [InlineData(Reading.PullAfterOne)]
    public async Task A_confirmed_close_is_confirmed_though_nothing_is_read(Reading reading)
    {
        using TcpPair pair = await ConnectAsync(reading);
        pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        pair.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>(Deadline);
        await AssertNothingIsLeftAsync(pair);
    }

    [Fact]
    public async Task A_confirmed_close_is_confirmed_after_the_data_before_the_peers_end()
    {
        using TcpPair pair = await ConnectAsync(Reading.SuspendedWithDataBefore);
        pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(pair.Peer));
        pair.Peer.Shutdown(SocketShutdown.Send);
        await AssertSeenAndNotToldAsync(pair);
        pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
        Assert.Equal("data", (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>(Deadline);
        await AssertNothingIsLeftAsync(pair);
    }

    [Theory]
    [InlineData(Reading.Suspended)]
    [InlineData(Reading.SuspendedWithDataBefore)]
    [InlineData(Reading.PullWithoutDemand)]
    [InlineData(Reading.PullAfterOne)]
    [InlineData(Reading.AfterThePeersEnd)]
    public async Task Our_own_close_ends_it(Reading reading)
    {
        using TcpPair pair = await ConnectAsync(reading);
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Deadline);
        await AssertNothingIsLeftAsync(pair);
    }

    private async Task<TcpPair> ConnectAsync(Reading reading)
    {
        bool pull = reading is Reading.PullWithoutDemand or Reading.PullAfterOne;
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(pullMode: pull);
        TcpPair pair = await ConnectAsync(bind, endpoint, keepOpen: reading == Reading.AfterThePeersEnd);
        switch (reading)
        {
            case Reading.Suspended or Reading.SuspendedWithDataBefore:
                pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
                break;
            case Reading.PullAfterOne:
                pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
                await pair.Peer.SendAsync("first"u8.ToArray());
                await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline);
                break;
            case Reading.AfterThePeersEnd:
                pair.Peer.Shutdown(SocketShutdown.Send);
                await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
                break;
        }

        await pair.Connection.Ask<ActorIdentity>(new Identify("settled"), Deadline); // commands are taken in order
        if (reading == Reading.SuspendedWithDataBefore)
        {
            // The command is obeyed, but the receive takes what comes until the kernel has ended it.
            ActorLoop loop = Extension.Group.StartedLoops[0];
            TcpReceiver receiver = ((FlexSc.Akka.IO.TcpConnection)pair.Connection).Receiver;
            await AwaitAssertAsync(async () => Assert.False(await loop.RunAsync(() => Task.FromResult(receiver.IsReceiving)), "it still receives"), Deadline);
            await pair.Peer.SendAsync("data"u8.ToArray());
            await AwaitAssertAsync(() => Assert.Equal(4, SocketQueues.ReceivedBytes(KernelSocket.DescriptorOf(pair))), Deadline);
        }

        return pair;
    }

    /// <summary>The loop knows of the peer's end, and has told nobody some turns later.</summary>
    private async Task AssertSeenAndNotToldAsync(TcpPair pair)
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        TcpReceiver receiver = ((FlexSc.Akka.IO.TcpConnection)pair.Connection).Receiver;
        await AwaitAssertAsync(async () => Assert.True(await loop.RunAsync(() => Task.FromResult(receiver.Watch.HasSeenEnd)), "the end is not seen"), Deadline);
        await AssertNothingIsToldAsync(pair);
    }

    private async Task AssertNothingIsLeftAsync(TcpPair pair)
    {
        pair.Peer.Close();
        await AssertNothingIsLeftAsync();
    }
}

public sealed class EndWithoutReadingOnIoUringSpec() : EndWithoutReadingSpec("");

public sealed class EndWithoutReadingOnInlineCallsSpec() : EndWithoutReadingSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class EndWithoutReadingOnSyscallThreadsSpec() : EndWithoutReadingSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");

/// <summary>At the bound of entries there is no early notice; the connections serve on.</summary>
public sealed class EndWithoutReadingAtTheBoundSpec() : TcpFixture("flexsc.loops.pages = 4")
{
    // 256 entries, less the reserve of 128, carry 42 connections of three, and two entries are left to wait for an end.
    private const int Connections = 42;

    [Fact]
    public async Task Reading_again_finds_the_end_that_nobody_waited_for()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        List<TcpPair> pairs = [];
        for (int i = 0; i < Connections; i++)
        {
            pairs.Add(await ConnectAsync(bind, endpoint));
        }

        pairs.ForEach(pair => pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler));
        await pairs[^1].Connection.Ask<ActorIdentity>(new Identify("settled"), Deadline);
        pairs.ForEach(pair => pair.Peer.Close());
        foreach (TcpPair pair in pairs)
        {
            pair.Connection.Tell(Tcp.ResumeReading.Instance, pair.Handler);
            await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
        }

        await AssertNothingIsLeftAsync();
    }
}
