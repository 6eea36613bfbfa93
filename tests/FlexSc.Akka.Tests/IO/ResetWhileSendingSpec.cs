using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>
/// A connection is reset while a send of its waits for room. The error is told to one call only, and a receive beside it answers 0 then,
/// as at the peer's end.
/// </summary>
public abstract class ResetWhileSendingSpec(string config) : TcpFixture("akka.log-dead-letters = off\n" + config)
{
    private const int MoreThanFitsBytes = 16 << 20;

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(true, false)]
    public async Task A_reset_is_not_told_as_the_peers_end(bool isErrorTaken, bool isReading)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [new Inet.SO.SendBufferSize(4096)]);
        using TcpPair pair = await ConnectAsync(bind, endpoint, keepOpen: true);
        if (!isReading)
        {
            pair.Connection.Tell(Tcp.SuspendReading.Instance, pair.Handler);
        }

        await BlockSendAsync(pair);
        using (await HoldLoopBeforeCollectingAsync())
        {
            pair.Peer.LingerState = new LingerOption(true, 0);
            pair.Peer.Close();
            await AwaitConditionAsync(() => Task.FromResult(KernelSocket.StateOf(pair) == KernelSocket.Closed), Deadline);
            if (isErrorTaken)
            {
                KernelSocket.TakeError(pair);
            }
        }

        // A send whose error somebody else has taken has another one to tell.
        Tcp.ErrorClosed closed = await NextEventAsync<Tcp.ErrorClosed>(pair);
        Assert.True(closed.Cause == "Broken pipe" || (closed.Cause == "Connection reset by peer" && !isErrorTaken), closed.Cause);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task The_peers_end_is_told_while_a_send_waits()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [new Inet.SO.SendBufferSize(4096)]);
        using TcpPair pair = await ConnectAsync(bind, endpoint, keepOpen: true);
        await BlockSendAsync(pair);
        pair.Peer.Shutdown(SocketShutdown.Send);
        await NextEventAsync<Tcp.PeerClosed>(pair);
        pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
        await NextEventAsync<Tcp.Aborted>(pair);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_unix_sockets_peer_that_closes_before_it_has_all_is_told_as_an_error()
    {
        // Its close ends both directions at once, and what waits to be sent goes nowhere.
        UnixDomainSocketEndPoint name = new($"\0flexsc-{Guid.NewGuid():N}");
        TestProbe bind = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Bind(bind, name), bind);
        await bind.ExpectMsgAsync<Tcp.Bound>(Deadline);
        using Socket peer = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(name);
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        using TcpPair pair = new(peer, bind.LastSender, CreateTestProbe());
        pair.Connection.Tell(new Tcp.Register(pair.Handler, keepOpenOnPeerClosed: true), bind);
        await BlockSendAsync(pair);
        using (await HoldLoopBeforeCollectingAsync())
        {
            peer.Close();
        }

        await NextEventAsync<Tcp.ErrorClosed>(pair);
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Writes more than fits, and waits until a send is in flight that the kernel has no room for.</summary>
    private async Task BlockSendAsync(TcpPair pair)
    {
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[MoreThanFitsBytes])), pair.Handler);
        ActorLoop loop = Extension.Group.StartedLoops[0];
        TcpSender sender = ((TcpConnection)pair.Connection).Sender;
        await AwaitConditionAsync(
            async () => await loop.RunAsync(() => Task.FromResult(sender.Operation.IsPending)) && !KernelSocket.HasRoom(pair), Deadline);
    }

    /// <summary>The next thing the handler is told of the connection's end, which is to be this one.</summary>
    private static async Task<T> NextEventAsync<T>(TcpPair pair) =>
        Assert.IsType<T>(await pair.Handler.FishForMessageAsync(message => message is Tcp.ConnectionClosed, Deadline), exactMatch: false);
}

public sealed class ResetWhileSendingOnIoUringSpec() : ResetWhileSendingSpec("");

public sealed class ResetWhileSendingOnInlineCallsSpec() : ResetWhileSendingSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class ResetWhileSendingOnSyscallThreadsSpec() : ResetWhileSendingSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");
