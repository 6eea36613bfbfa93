using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Placement looks for as long as a program runs. Here its looks come when the test says so, on the test's thread.</summary>
public sealed class PlacementLookMemorySpec() : FlexScSpec(ConfigurationFactory.ParseString(
    """
    flexsc.loops { count = 2, pin = off }
    flexsc.placement.interval-ms = 3600000
    """))
{
    [Fact]
    public void A_look_leaves_little_to_the_collector()
    {
        // Ten a second at that are less than two bytes for each of 100,000 requests.
        const long mostBytes = 16 * 1024;
        const int looks = 100;
        LoopGroup group = LoopGroup.Of(Sys);
        PlacementSettings settings = PlacementSettings.Create(Sys.Settings.Config);
        IPlacementPolicy policy = settings.CreatePolicy("adaptive");
        PlacementBoard board = new();
        IActorRef placement = ActorOfAsTestActorRef<PlacementActor>(Props.Create(() => new PlacementActor(group, settings, policy, board)));
        AwaitAssert(
            () =>
            {
                Look(1);
                Assert.NotNull(board.Latest);
            },
            TimeSpan.FromSeconds(20));
        Look(looks);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Look(looks);
        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / looks;
        Assert.InRange(bytes, 0, mostBytes);

        void Look(int count)
        {
            for (int i = 0; i < count; i++)
            {
                placement.Tell(PlacementActor.Look.Instance);
            }
        }
    }
}
