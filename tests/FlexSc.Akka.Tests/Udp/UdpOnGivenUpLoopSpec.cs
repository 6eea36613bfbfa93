using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using Xunit;
using Dns = Akka.IO.Dns;

namespace FlexSc.Akka.Tests.Udp;

/// <summary>A loop that is given up while the name of a peer is resolved.</summary>
public sealed class UdpOnGivenUpLoopSpec() : UdpFixture("""
    akka.io.dns.resolver = held
    akka.io.dns.held.provider-object = "FlexSc.Akka.Tests.Udp.HeldNames, FlexSc.Akka.Tests"
    flexsc.loops { stall-warning-ms = 100, give-up-ms = 200 }
    """)
{
    [Fact]
    public async Task Whoever_connects_is_told_so_and_the_room_for_the_socket_is_free_when_it_is_back()
    {
        TestProbe events = CreateTestProbe();
        Sys.EventStream.Subscribe(events, typeof(LoopGivenUp));
        TestProbe commander = CreateTestProbe();
        UdpConnected.Connect connect = new(commander, new DnsEndPoint("held", 53));
        Sys.FlexUdpConnected().Tell(connect, commander);
        IActorRef asker = await HeldNames.Asked.Task.WaitAsync(Deadline);
        ActorLoop loop = Assert.Single(LoopGroup.Of(Sys).StartedLoops);
        using (LoopHold hold = new())
        {
            Assert.True(loop.TrySchedule(hold));
            await hold.Reached.WaitAsync(Deadline);
            await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
            asker.Tell(Dns.Resolved.Create("held", [IPAddress.Loopback]));
            UdpConnected.CommandFailed failed = await commander.ExpectMsgAsync<UdpConnected.CommandFailed>(Deadline);
            Assert.Same(connect, failed.Cmd);
            Assert.True(loop.IsGivenUp, "it was waited for");
        }

        await AwaitConditionAsync(async () => await loop.RunAsync(() => Task.FromResult(loop.Io.ConnectionCount)) == 0, Deadline);
    }
}

/// <summary>Names that nobody knows before the test says them.</summary>
public sealed class HeldNames : IDnsProvider
{
    /// <summary>Who asks.</summary>
    public static TaskCompletionSource<IActorRef> Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DnsBase Cache { get; } = new Nothing();

    public Type ActorClass => typeof(InetAddressDnsResolver);

    public Type ManagerClass => typeof(Manager);

    private sealed class Nothing : DnsBase
    {
        public override Dns.Resolved? Cached(string name) => null;
    }

    private sealed class Manager : ReceiveActor
    {
        public Manager(DnsExt extension)
        {
            _ = extension;
            Receive<Dns.Resolve>(_ => Asked.SetResult(Sender));
        }
    }
}
