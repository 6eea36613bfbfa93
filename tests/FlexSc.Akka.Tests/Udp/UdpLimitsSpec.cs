using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using Xunit;
using AkkaUdp = Akka.IO.Udp;

namespace FlexSc.Akka.Tests.Udp;

/// <summary>What is bounded, and the answer at the bound.</summary>
public abstract class UdpLimitsSpec(string backend) : UdpFixture("""
    flexsc.udp { max-unsent-datagrams = 4, max-sends-in-flight = 2, max-unhandled-bytes = 10000 }
    """ + $"\nflexsc.loops.backend = {backend}")
{
    [Fact]
    public async Task A_send_beyond_the_bound_fails_and_the_others_arrive_in_order()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync();
        Socket peer = NewPeer();
        LoopHold hold = new();
        Assert.True(Extension.Group.StartedLoops[0].TrySchedule(hold));
        await hold.Reached.WaitAsync(Deadline);
        for (int i = 0; i < 10; i++)
        {
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromBytes([(byte)i]), peer.LocalEndPoint), handler);
        }

        // All ten are acted on in one turn, in which none completes.
        hold.Dispose();
        for (int i = 4; i < 10; i++)
        {
            AkkaUdp.CommandFailed failed = await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>();
            Assert.Equal(i, ((AkkaUdp.Send)failed.Cmd).Payload[0]);
        }

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal([(byte)i], await ReceiveAsync(peer));
        }

        Assert.Equal(6, Extension.Figures.SendsFailed);
        await UnbindAsync(handler, socket);
    }

    [Fact]
    public async Task What_was_told_before_unbind_is_sent()
    {
        (TestProbe handler, IActorRef socket, _) = await BindAsync();
        Socket peer = NewPeer();
        LoopHold hold = new();
        Assert.True(Extension.Group.StartedLoops[0].TrySchedule(hold));
        await hold.Reached.WaitAsync(Deadline);
        for (int i = 0; i < 4; i++)
        {
            socket.Tell(AkkaUdp.Send.Create(ByteString.FromBytes([(byte)i]), peer.LocalEndPoint), handler);
        }

        socket.Tell(AkkaUdp.Unbind.Instance, handler);
        socket.Tell(AkkaUdp.Send.Create(ByteString.FromBytes([9]), peer.LocalEndPoint), handler);
        hold.Dispose();
        await handler.ExpectMsgAsync<AkkaUdp.CommandFailed>();
        await handler.ExpectMsgAsync<AkkaUdp.Unbound>();
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal([(byte)i], await ReceiveAsync(peer));
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_handler_that_does_not_handle_is_told_no_more_than_the_bound()
    {
        using ManualResetEventSlim release = new();
        IActorRef handler = Sys.ActorOf(Props.Create(() => new Stuck(release)).WithDeploy(Deploy.Local));
        Sys.FlexUdp().Tell(new AkkaUdp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0), [new Inet.SO.ReceiveBufferSize(1 << 20)]), TestActor);
        EndPoint local = (await ExpectMsgAsync<AkkaUdp.Bound>(Deadline)).LocalAddress;
        Socket peer = NewPeer();

        // More than the kernel completes before a loop on a busy machine comes to the first: all of 100 were seen so once.
        const int Datagrams = 400;
        for (int i = 0; i < Datagrams; i++)
        {
            peer.SendTo(new byte[1000], local);
        }

        await AwaitAssertAsync(() => Assert.True(Extension.Figures.Received >= 9), Deadline);

        // A turn of its own after the pause: nothing more is received. The receive that was under way may have completed more.
        ActorLoop loop = Extension.Group.StartedLoops[0];
        await AwaitAssertAsync(
            async () => Assert.True(await loop.RunAsync(() => Task.FromResult(loop.Io.Udp.Sockets.Single().Receiver is { IsPending: false }))), Deadline);
        Assert.InRange(Extension.Figures.Received, 9, Datagrams - 1);
        release.Set();
        await AwaitAssertAsync(() => Assert.Equal(Datagrams, Extension.Figures.Received), Deadline);
    }

    private sealed class Stuck : ReceiveActor
    {
        public Stuck(ManualResetEventSlim release) => ReceiveAny(_ => release.Wait(Deadline));
    }
}

public sealed class UdpLimitsOnIoUringSpec() : UdpLimitsSpec("io-uring");

public sealed class UdpLimitsOnSyscallThreadsSpec() : UdpLimitsSpec("syscall-threads");
