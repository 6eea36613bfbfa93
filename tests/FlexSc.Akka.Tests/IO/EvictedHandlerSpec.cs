using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The handler of a connection leaves its loop and comes back while bytes come and go; the connection stays.</summary>
public abstract class EvictedHandlerSpec(string backend) : TcpFixture($$"""
    flexsc.loops.backend = {{backend}}
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """)
{
    /// <summary>Bytes between two moves of the handler.</summary>
    private const int PieceBytes = 10_000;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_byte_comes_back_in_its_place(bool pooled)
    {
        const int bytes = 2_000_000;
        (TestProbe bindHandler, System.Net.IPEndPoint endpoint) = await BindAsync();
        TcpPair pair = await ConnectAsync(bindHandler, endpoint, register: false);
        IActorRef echo = Sys.ActorOf(Props.Create(() => new Echo(pair.Connection)).WithDispatcher("loops"));
        pair.Connection.Tell(pooled ? new RegisterPooled(echo) : new Tcp.Register(echo), bindHandler);
        byte[] sent = new byte[bytes];
        new Random(1).NextBytes(sent);
        Task<byte[]> receiving = ReceiveAsync(pair.Peer, bytes);

        // The first move tells that the actor has begun: before that there is nothing to move.
        await AwaitConditionAsync(() => Task.FromResult(FlexEviction.Evict(echo)), Deadline);
        int moves = 1;
        for (int begin = 0; begin < bytes; begin += PieceBytes)
        {
            await SendAsync(pair.Peer, sent.AsMemory(begin, PieceBytes));
            moves += (moves % 2 == 0 ? FlexEviction.Evict(echo) : FlexEviction.Return(echo)) ? 1 : 0;
        }

        Assert.Equal(sent, await receiving);
        Assert.Equal(1 + (bytes / PieceBytes), moves);
        await WatchAsync(echo);
        pair.Peer.Dispose();
        await ExpectTerminatedAsync(echo, Deadline);
        await AssertNothingIsLeftAsync();
    }

    private static async Task SendAsync(Socket peer, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await peer.SendAsync(bytes)..];
        }
    }

    private static async Task<byte[]> ReceiveAsync(Socket peer, int bytes)
    {
        using CancellationTokenSource limit = new(Deadline);
        byte[] received = new byte[bytes];
        for (int have = 0; have < bytes;)
        {
            int count = await peer.ReceiveAsync(received.AsMemory(have), SocketFlags.None, limit.Token);
            Assert.NotEqual(0, count);
            have += count;
        }

        return received;
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo(IActorRef connection)
        {
            Receive<Tcp.Received>(message => connection.Tell(Tcp.Write.Create(message.Data)));
            Receive<PooledReceived>(message =>
            {
                connection.Tell(Tcp.Write.Create(ByteString.CopyFrom(message.Span.ToArray())));
                message.Release();
            });
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }
    }
}

public sealed class EvictedHandlerOnIoUringSpec() : EvictedHandlerSpec("auto");

public sealed class EvictedHandlerOnSyscallThreadsSpec() : EvictedHandlerSpec("syscall-threads");
