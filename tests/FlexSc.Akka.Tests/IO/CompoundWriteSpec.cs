using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Commands as long as users build them: a descent into one of these would use up the stack and end the process.</summary>
public abstract class CompoundWriteSpec(string backend) : TcpFixture(
    $"flexsc.tcp.max-unsent-bytes = 1000000\nakka.actor.serialize-messages = off\nakka.log-dead-letters = off\nflexsc.loops.backend = {backend}")
{
    private const int Parts = 200_000;

    [Fact]
    public async Task A_compound_write_of_many_parts_is_sent_under_a_limit()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Compound(), pair.Handler);
        byte[] received = await ReceiveExactlyAsync(pair.Peer, Parts);
        Assert.All(received.Chunk(10), chunk => Assert.Equal("0123456789"u8.ToArray(), chunk));
    }

    [Fact]
    public async Task One_before_the_registration_or_beyond_the_limit_or_after_the_end_is_answered()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        Tcp.WriteCommand compound = Compound();
        TestProbe sender = CreateTestProbe();
        for (int i = 0; i < (1_000_000 / Parts) + 1; i++)
        {
            pair.Connection.Tell(compound, sender);
        }

        Assert.Same(compound, (await sender.ExpectMsgAsync<Tcp.CommandFailed>(Deadline)).Cmd);
        TestProbe watcher = CreateTestProbe();
        await watcher.WatchAsync(pair.Connection);
        pair.Connection.Tell(Tcp.Abort.Instance, bind);
        await watcher.ExpectTerminatedAsync(pair.Connection, Deadline);

        TestProbe deadLetters = CreateTestProbe();
        Sys.EventStream.Subscribe(deadLetters, typeof(global::Akka.Event.DeadLetter));
        pair.Connection.Tell(compound, sender);
        await deadLetters.ExpectMsgAsync<global::Akka.Event.DeadLetter>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_write_of_a_rope_with_many_parts_is_sent()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        ByteString rope = ByteString.FromBytes(Enumerable.Range(0, Parts).Select(_ => new ArraySegment<byte>("x"u8.ToArray())));
        pair.Connection.Tell(Tcp.Write.Create(rope), pair.Handler);
        Assert.Equal(Parts, (await ReceiveExactlyAsync(pair.Peer, Parts)).Length);
    }

    private static Tcp.WriteCommand Compound()
    {
        Tcp.WriteCommand compound = Part(Parts - 1);
        for (int i = Parts - 2; i >= 0; i--)
        {
            compound = new Tcp.CompoundWrite(Part(i), compound);
        }

        return compound;
    }

    private static Tcp.Write Part(int index) => Tcp.Write.Create(ByteString.FromBytes([(byte)('0' + (index % 10))]));
}

public sealed class CompoundWriteOnIoUringSpec() : CompoundWriteSpec("io-uring");

public sealed class CompoundWriteOnSyscallThreadsSpec() : CompoundWriteSpec("syscall-threads");
