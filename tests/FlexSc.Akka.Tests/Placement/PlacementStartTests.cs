using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Placement that is asked for where it cannot be, or is set wrongly.</summary>
public sealed class PlacementStartTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("flexsc.placement = adaptive", "flexsc.placement is a section of keys and takes no value, not 'adaptive': set the keys, as in flexsc.placement.policy = ...")]
    [InlineData("flexsc.placement.moves = off", "flexsc.placement.moves is a section of keys and takes no value, not 'off': set the keys, as in flexsc.placement.moves.enabled = ...")]
    [InlineData("flexsc.loops = 2", "flexsc.loops is a section of keys and takes no value, not '2'")]
    public async Task A_value_in_the_place_of_a_section_is_named(string configuration, string text)
    {
        using ActorSystem system = ActorSystem.Create("sections", ConfigurationFactory.ParseString(configuration));
        Assert.Contains(text, Assert.Throws<ConfigurationException>(() => system.FlexPlacement()).Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    [Fact]
    public async Task Where_FlexSC_is_switched_off_the_program_runs_and_everything_is_refused()
    {
        using ActorSystem system = ActorSystem.Create("off", ConfigurationFactory.ParseString(
            "flexsc.enabled = off\nakka.extensions = [\"FlexSc.Akka.Placement.FlexPlacementProvider, FlexSc.Akka\"]"));
        FlexPlacement.Refused refused = await system.FlexPlacement().Ask<FlexPlacement.Refused>(FlexPlacement.GetPlacement.Instance, Deadline);
        Assert.Equal("FlexSC does not run, and there is nothing to place: flexsc.enabled is off", refused.Reason);
        Assert.Same(FlexPlacement.GetPlacement.Instance, refused.Command);
        await system.Terminate();
    }

    [SkippableFact]
    public async Task Loops_that_cannot_run_are_told_whoever_asks()
    {
        Skip.If(File.Exists("/dev/flexsc"), "the kernel module is loaded, so its backend can run");
        using ActorSystem system = ActorSystem.Create("module", ConfigurationFactory.ParseString("flexsc.loops.backend = kernel-module"));
        Assert.Throws<BackendUnavailableException>(() => system.FlexPlacement());
        await system.Terminate();
    }
}
