using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>A listener whose loop dies accepts on another one.</summary>
public abstract class ListenerMoveSpec(string backend) : TcpFixture($"flexsc.loops {{ backend = {backend}, count = 2, on-loop-failure = continue }}")
{
    [Fact]
    public async Task A_listener_whose_loop_dies_takes_its_address_again_on_another()
    {
        HashSet<int> before = LoopDescriptors.Of(backend);
        TestProbe bindHandler = CreateTestProbe();
        (IActorRef listener, IPEndPoint endpoint) = await BindAsync(bindHandler, new IPEndPoint(IPAddress.Loopback, 0));
        int[] descriptors = [.. LoopDescriptors.Of(backend).Except(before).Order()];
        IReadOnlyList<ActorLoop> loops = LoopGroup.Of(Sys).StartedLoops;
        Assert.Equal(loops.Count, descriptors.Length);
        ActorLoop victim = await AcceptingLoopAsync(loops);

        // It connects while the loop cannot accept, and waits in the backlog.
        using Socket waiting = new(SocketType.Stream, ProtocolType.Tcp);
        await EventFilter.Warning(contains: "; 1 connections that waited to be accepted were reset").ExpectOneAsync(Deadline, async () =>
        {
            using LoopHold hold = new();
            Assert.True(victim.TrySchedule(hold));
            await hold.Reached.WaitAsync(Deadline);
            await waiting.ConnectAsync(endpoint);
            LoopDescriptors.Replace(descriptors[victim.Index]);
        });
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(waiting));
        await AssertServedAsync(bindHandler, endpoint);
        Assert.NotEqual(victim, await AcceptingLoopAsync(loops));

        TestProbe subscriber = CreateTestProbe();
        listener.Tell(new Tcp.SubscribeToTcpListenerStats(subscriber));
        Assert.Equal(1, (await subscriber.ExpectMsgAsync<Tcp.TcpListenerStatistics>(Deadline)).FailedIncomingConnections);
        listener.Tell(Tcp.Unbind.Instance, bindHandler);
        await bindHandler.ExpectMsgAsync<Tcp.Unbound>(Deadline);
        using Socket refused = new(SocketType.Stream, ProtocolType.Tcp);
        SocketException exception = await Assert.ThrowsAnyAsync<SocketException>(() => refused.ConnectAsync(endpoint));
        Assert.Equal(SocketError.ConnectionRefused, exception.SocketErrorCode);
    }

    [Fact]
    public async Task A_name_in_the_file_system_is_taken_again_as_well()
    {
        string path = Path.Combine(Path.GetTempPath(), $"flexsc-{Guid.NewGuid():N}.sock");
        try
        {
            HashSet<int> before = LoopDescriptors.Of(backend);
            TestProbe bindHandler = CreateTestProbe();
            (IActorRef listener, UnixDomainSocketEndPoint endpoint) = await BindAsync(bindHandler, new UnixDomainSocketEndPoint(path));
            int[] descriptors = [.. LoopDescriptors.Of(backend).Except(before).Order()];
            IReadOnlyList<ActorLoop> loops = LoopGroup.Of(Sys).StartedLoops;
            ActorLoop victim = await AcceptingLoopAsync(loops);
            LoopDescriptors.Replace(descriptors[victim.Index]);
            Assert.True(victim.TrySchedule(new Nothing()));
            await Assert.ThrowsAnyAsync<Exception>(() => victim.Loop.Ended.WaitAsync(Deadline));
            await AssertServedAsync(bindHandler, endpoint);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private async Task<(IActorRef Listener, T EndPoint)> BindAsync<T>(TestProbe handler, T address)
        where T : EndPoint
    {
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, address), handler);
        Tcp.Bound bound = await handler.ExpectMsgAsync<Tcp.Bound>(Deadline);
        return (handler.LastSender, (T)bound.LocalAddress);
    }

    /// <summary>Connects until the address is taken again, and has a connection echo.</summary>
    private async Task AssertServedAsync(TestProbe bindHandler, EndPoint endpoint)
    {
        Socket peer = null!;
        await AwaitAssertAsync(
            async () =>
            {
                peer?.Dispose();
                peer = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
                await peer.ConnectAsync(endpoint);
            },
            Deadline);
        using (peer)
        {
            await bindHandler.ExpectMsgAsync<Tcp.Connected>(Deadline);
            bindHandler.LastSender.Tell(new Tcp.Register(bindHandler), bindHandler);
            bindHandler.LastSender.Tell(Tcp.Write.Create(ByteString.FromString("served")), bindHandler);
            Assert.Equal("served"u8.ToArray(), await ReceiveExactlyAsync(peer, 6));
        }

        await bindHandler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
    }

    /// <summary>The loop that accepts; there is one listener.</summary>
    private static async Task<ActorLoop> AcceptingLoopAsync(IReadOnlyList<ActorLoop> loops)
    {
        List<ActorLoop> accepting = [];
        foreach (ActorLoop loop in loops.Where(loop => !loop.Loop.HasFailed))
        {
            if (await loop.RunAsync(() => Task.FromResult(loop.Members.OfType<TcpAcceptor>().Any())))
            {
                accepting.Add(loop);
            }
        }

        return Assert.Single(accepting);
    }

    private sealed class Nothing : IRunnable
    {
        public void Execute() => Run();

        public void Run()
        {
        }
    }
}

public sealed class ListenerMoveOnIoUringSpec() : ListenerMoveSpec("io-uring");

public sealed class ListenerMoveWithInlineCallsSpec() : ListenerMoveSpec("syscall-threads");
