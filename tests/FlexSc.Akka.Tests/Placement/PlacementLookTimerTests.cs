using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Placement;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>What placement has the thread pool do in a program that does nothing else.</summary>
public sealed class PlacementLookTimerTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public void Between_looks_no_thread_is_woken()
    {
        // The timer's and the dispatcher's, and some of the runtime's own; the system's scheduler would add one each 10 ms.
        const long mostWorkForLook = 25;
        const int looks = 4;
        using ActorSystem system = ActorSystem.Create("looks", ConfigurationFactory.ParseString(
            """
            flexsc.loops { count = 1, pin = off }
            flexsc.placement.interval-ms = 1000
            """));
        PlacementBoard board = system.WithExtension<FlexPlacementExt, FlexPlacementProvider>().Board;
        AwaitLook(null);
        long before = ThreadPool.CompletedWorkItemCount;
        for (int i = 0; i < looks; i++)
        {
            AwaitLook(board.Latest);
        }

        Assert.InRange(ThreadPool.CompletedWorkItemCount - before, looks, looks * mostWorkForLook);

        void AwaitLook(PlacementMoment? last) =>
            Assert.True(SpinWait.SpinUntil(() => board.Latest is { } latest && latest != last, Deadline), "placement does not look");
    }
}
