using System.Net;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.Tls;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Connections that are secured by TLS do not move, and policies know it.</summary>
public sealed class SecuredMovesSpec() : TlsFixture($$"""
    flexsc.loops.count = 2
    akka.actor.serialize-messages = off
    flexsc.placement { policy = "FlexSc.Akka.Tests.Placement.PoliciesTests+LastOnly, FlexSc.Akka.Tests", interval-ms = 10 }
    """)
{
    [Fact]
    public async Task They_stay_on_a_loop_that_is_parked_and_that_is_told_once()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindTlsAsync();
        List<TlsPair> pairs = [];
        for (int i = 0; i < 8; i++)
        {
            pairs.Add(await ConnectTlsAsync(bind, endpoint));
        }

        LoopGroup group = Extension.Group;
        int stay = group.Loops[0].Io.ConnectionCount;
        Assert.InRange(stay, 1, 8);
        Assert.Equal(8, group.Loops.Sum(static loop => loop.Io.FixedConnections));
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        IActorRef placement = Sys.FlexPlacement();
        Assert.Equal("the last one only", (await ExpectMsgAsync<PlacementChanged>(Deadline)).Reason);
        PlacementChanged told = await ExpectMsgAsync<PlacementChanged>(Deadline);
        Assert.Equal($"{stay} connection{(stay == 1 ? "" : "s")} stayed on loop 0: its bytes are secured by TLS, whose state does not move yet", told.Reason);

        // The pauses between two passes are longer and longer, from a second on.
        FlexPlacementExt extension = Sys.WithExtension<FlexPlacementExt, FlexPlacementProvider>();
        TimeSpan until = extension.Board.Latest!.Time + TimeSpan.FromSeconds(1.5);
        await AwaitConditionAsync(() => Task.FromResult(extension.Board.Latest.Time >= until), Deadline);
        placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
        FlexPlacement.State state = await ExpectMsgAsync<FlexPlacement.State>(Deadline);
        Assert.False(state.Abilities.MovedConnections);
        Assert.Equal(stay, group.Loops[0].Io.ConnectionCount);
        pairs.ForEach(static pair => pair.Dispose());
        await AssertNothingIsLeftAsync();
        Assert.Equal(0, group.Loops.Sum(static loop => loop.Io.FixedConnections));
    }
}
