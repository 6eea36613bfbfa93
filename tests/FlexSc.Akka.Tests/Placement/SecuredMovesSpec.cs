using System.Net;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.Tls;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Connections that are secured by TLS follow a plan as plain ones do.</summary>
public sealed class SecuredMovesSpec() : TlsFixture($$"""
    flexsc.loops.count = 2
    akka.actor.serialize-messages = off
    flexsc.placement { policy = "FlexSc.Akka.Tests.Placement.PoliciesTests+LastOnly, FlexSc.Akka.Tests", interval-ms = 10 }
    """)
{
    [Fact]
    public async Task They_leave_a_loop_that_is_parked_and_nothing_of_them_is_left_there()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        List<TlsPair> pairs = [];
        for (int i = 0; i < 8; i++)
        {
            pairs.Add(await ConnectTlsAsync(bind, endpoint));
        }

        LoopGroup group = Extension.Group;
        Assert.InRange(group.Loops[0].Io.ConnectionCount, 1, 8);
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        IActorRef placement = Sys.FlexPlacement();
        Assert.Equal("the last one only", (await ExpectMsgAsync<PlacementChanged>(Deadline)).Reason);
        await AwaitConditionAsync(
            () => Task.FromResult((group.Loops[0].Io.ConnectionCount, group.Loops[1].Io.ConnectionCount) == (0, 8)), Deadline);
        placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
        Assert.True((await FishForMessageAsync<FlexPlacement.State>(static _ => true, Deadline)).Abilities.MovedConnections);
        pairs.ForEach(static pair => pair.Dispose());
        await AssertNothingIsLeftAsync();
    }
}
