using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>
/// Writing is suspended after a write that had no room, until ResumeWriting, as Akka documents it: what is told after the write that
/// failed must not overtake it.
/// </summary>
public abstract class ResumeWritingSpec(string config) : TcpFixture($"flexsc.tcp {{ compat = [], max-unsent-bytes = {QueueBytes} }}\n{config}")
{
    private const int QueueBytes = 20_000_000;

    [Fact]
    public async Task All_writes_fail_until_ResumeWriting_which_is_answered_when_all_is_sent()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await HoldAsync(pair, QueueBytes);
        Tcp.Write first = Tcp.Write.Create(ByteString.FromBytes(new byte[QueueBytes]), new Ack(1));
        Tcp.Write second = Tcp.Write.Create(ByteString.FromString("2"), new Ack(2));
        Tcp.WriteCommand third = Tcp.WriteCommand.Create(second, Tcp.Write.Create(ByteString.Empty, new Ack(3)));
        foreach (Tcp.WriteCommand write in (Tcp.WriteCommand[])[first, second, third])
        {
            // After the first each would have room.
            pair.Connection.Tell(write, pair.Handler);
            Tcp.CommandFailed failed = await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
            Assert.Same(write, failed.Cmd);
            Assert.Contains(write == first ? "queue is full" : "writing is suspended", failed.Cause.Value.Message, StringComparison.Ordinal);
        }

        TestProbe other = CreateTestProbe();
        pair.Connection.Tell(Tcp.ResumeWriting.Instance, pair.Handler);
        pair.Connection.Tell(Tcp.ResumeWriting.Instance, other);
        Assert.Same(Tcp.ResumeWriting.Instance, (await other.ExpectMsgAsync<Tcp.CommandFailed>(Deadline)).Cmd);
        await FenceAsync(pair);
        Assert.False(pair.Handler.HasMessages, "writing was resumed while bytes were unsent");

        await ReceiveExactlyAsync(pair.Peer, QueueBytes);
        await pair.Handler.ExpectMsgAsync<Tcp.WritingResumed>(Deadline);
        pair.Connection.Tell(first, pair.Handler);
        await ReceiveExactlyAsync(pair.Peer, QueueBytes);
        Assert.Equal(1, (await pair.Handler.ExpectMsgAsync<Ack>(Deadline)).Number);
    }

    [Fact]
    public async Task A_thread_of_its_own_does_not_pass_by_the_suspension()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);

        // Nothing is unsent, so the test's own thread sends what it tells, but for what has no room.
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("a"), new Ack(1)), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Ack>(Deadline);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[QueueBytes + 1])), pair.Handler);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("b"), new Ack(2)), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("c"), new Ack(3)), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        pair.Connection.Tell(Tcp.ResumeWriting.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.WritingResumed>(Deadline);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("d"), new Ack(4)), pair.Handler);
        Assert.Equal(4, (await pair.Handler.ExpectMsgAsync<Ack>(Deadline)).Number);
        Assert.Equal("ad"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 2));
    }

    [Fact]
    public async Task A_handler_that_does_not_want_it_is_not_suspended()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        pair.Connection.Tell(new Tcp.Register(pair.Handler, useResumeWriting: false), pair.Handler);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[QueueBytes + 1])), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("on"), new Ack(1)), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Ack>(Deadline);
        Assert.Equal("on"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 2));
    }

    private static async Task FenceAsync(TcpPair pair) => await pair.Connection.Ask<ActorIdentity>(new Identify(1), Deadline);

    /// <summary>Tells a connection more than the kernel takes for a peer that does not read.</summary>
    private static async Task HoldAsync(TcpPair pair, int bytes)
    {
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[bytes])), pair.Handler);
        await FenceAsync(pair);
    }

    private sealed class Ack(int number) : Tcp.Event
    {
        public int Number => number;
    }
}

public sealed class ResumeWritingOnIoUringSpec() : ResumeWritingSpec("flexsc.loops.backend = io-uring");

public sealed class ResumeWritingOnSyscallThreadsSpec() : ResumeWritingSpec("flexsc.loops.backend = syscall-threads");
