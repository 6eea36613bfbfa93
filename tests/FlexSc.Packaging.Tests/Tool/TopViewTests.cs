using FlexSc.Akka.Diagnostics;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Capabilities;
using FlexSc.Tool;
using Spectre.Console;
using Xunit;

namespace FlexSc.Packaging.Tests.Tool;

public sealed class TopViewTests
{
    private const string LongReason = "the loops use 1.6 of 2 cores on average, which is more than the 75 percent at which there are more of them, so that another one is opened";

    [Theory]
    [InlineData(80, 24, 2)]
    [InlineData(80, 24, 64)]
    [InlineData(80, 24, 1024)]
    [InlineData(200, 50, 8)]
    public void It_fits_the_screen_whatever_there_is_to_tell(int width, int height, int loops)
    {
        FlexReport report = Report(loops, clockSeconds: 11);
        string[] lines = Lines(new TopView(Report(loops, clockSeconds: 10), report), width, height);
        Assert.InRange(lines.Length, 12, height);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(lines, static line => line.Contains("busiest actors", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("/user/busy-0", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("slow runs akka://made-up/user/evicted-0", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("s ago  the loops use 1.6 of 2 cores", StringComparison.Ordinal));
        Assert.Equal(loops > 16, lines.Any(static line => line.EndsWith("more loops", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rates_are_of_the_time_between_the_looks()
    {
        FlexReport before = Report(1, clockSeconds: 10);
        FlexReport after = before with
        {
            ClockSeconds = 12,
            Loops = [before.Loops[0] with { Submissions = 1_000_000, Traps = 50_000, CpuSeconds = 2, IsHeldUp = true }],
        };
        string text = string.Join('\n', Lines(new TopView(before, after), 200, TopView.NoHeightLimit));
        Assert.Contains("calls/s 500k  traps/s 25k  batch 20", text, StringComparison.Ordinal);
        Assert.Contains("held up", text, StringComparison.Ordinal);
        Assert.Contains("100%", text, StringComparison.Ordinal);
        Assert.Contains("0.05", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_that_placement_parked_is_told_from_one_that_waits_for_work()
    {
        FlexReport before = Report(4, clockSeconds: 10);
        FlexReport after = before with
        {
            ClockSeconds = 12,
            Loops =
            [
                before.Loops[0] with { IsParked = true, Place = new LoopPlace(LoopRole.Open, Cpu: 3), PinnedTo = 0 },
                before.Loops[1] with { IsParked = true, IsOpen = false, Place = new LoopPlace(LoopRole.Closed) },
                before.Loops[2] with { IsOpen = false, Place = new LoopPlace(LoopRole.Parked) },
                before.Loops[3] with { IsParked = true, PinnedTo = 1 },
            ],
        };
        string[] lines = Lines(new TopView(before, after), 200, TopView.NoHeightLimit);
        int first = Array.FindIndex(lines, static line => line.Contains("traps/call", StringComparison.Ordinal)) + 1;
        string[][] loops = [.. lines[first..(first + 4)].Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        string[] names = lines[first - 1].Replace("longest ms", "longest", StringComparison.Ordinal).Replace("latency us", "latency", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["waits", "closed", "parked", "waits"], loops.Select(loop => loop[Array.IndexOf(names, "state")]));
        Assert.Equal(["3", "-", "-", "1"], loops.Select(loop => loop[Array.IndexOf(names, "pin")]));
    }

    [Fact]
    public void Where_there_are_no_loops_it_says_why()
    {
        FlexReport off = Report(0, clockSeconds: 1) with { NotRunningReason = "flexsc.enabled is off" };
        Assert.Contains("FlexSC does not run: flexsc.enabled is off", Lines(new TopView(off, off), 80, 24)[1], StringComparison.Ordinal);
    }

    private static string[] Lines(TopView view, int width, int height)
    {
        using StringWriter writer = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        console.Write(view.Render(width, height));
        return [.. writer.ToString().TrimEnd('\n').Split('\n').Select(static line => line.TrimEnd())];
    }

    private static FlexReport Report(int loops, double clockSeconds) => new()
    {
        System = "made-up",
        ProcessId = 1234,
        Program = "MadeUp",
        Time = DateTimeOffset.UnixEpoch,
        ClockSeconds = clockSeconds,
        Allowance = new CpuAllowance([0, 1], new CgroupCpuQuota("v2", 1.5)),
        Backend = new BackendReport("auto", "syscall-threads", "io-uring cannot run: " + LongReason, [LongReason], IsFallback: true),
        Loops = [.. Enumerable.Range(0, loops).Select(static index => new LoopReport
        {
            Index = index,
            ThreadName = $"made-up-flexsc-{index}",
            ThreadId = 1000 + index,
            Backend = "syscall-threads",
            EntriesUsed = 12345,
            EntriesLimit = 524288,
            Connections = 120_000,
            Actors = 120_000,
            IsOpen = true,
            Running = "akka://made-up/user/" + new string('x', 200),
        })],
        SyscallCores = [new SyscallCoreReport(1, "submission-poll", 12.5)],
        BusiestActors = [.. Enumerable.Range(0, 32).Select(static i => new BusyActor($"akka://made-up/user/busy-{i}/" + new string('x', 200), i, 1.0 / (i + 1)))],
        EvictedActorCount = 40,
        EvictedActors = [.. Enumerable.Range(0, 32).Select(static i => new ActorEvicted($"akka://made-up/user/evicted-{i}", i, EvictionReason.SlowRuns))],
        Placement = new PlacementReport("adaptive", loops, loops, [1], [.. Enumerable.Range(0, 32).Select(i => new DecisionReport(i * 10, LongReason, loops, loops, [1]))]),
    };
}
