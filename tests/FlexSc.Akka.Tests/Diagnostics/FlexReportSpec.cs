using System.Text;
using System.Text.Json;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Diagnostics;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Akka.Tests.Loops;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Diagnostics;

public sealed class FlexReportSpec() : EvictionFixture(Dispatcher, stallWarningMs: 50, pin: "on")
{
    [Fact]
    public async Task Loops_and_what_they_did_are_told()
    {
        IActorRef actor = Create();
        Assert.True(await IsOnLoopAsync(actor));
        FlexReport before = Sys.FlexReport();
        FlexReport after = before;
        await AwaitAssertAsync(
            async () =>
            {
                // Posted work of the same turn hides how long its mailboxes took.
                actor.Tell(new Compute(20), TestActor);
                await ExpectMsgAsync<bool>(Deadline);
                await FlexLoops.RunAsync(Sys, static async loop => await loop.SubmitAsync(SyscallNumber.Close, -1));
                after = Sys.FlexReport();
                Assert.InRange(after.Loops[0].LongestTurnMs, 20, Deadline.TotalMilliseconds);
            },
            Deadline);

        Assert.Equal((Sys.Name, Environment.ProcessId), (after.System, after.ProcessId));
        Assert.Null(after.NotRunningReason);
        Assert.Equal(CpuAllowance.Read(), after.Allowance);
        Assert.Equal(LoopGroup.Of(Sys).Choice!.Reason, after.Backend!.Reason);
        LoopReport loop = Assert.Single(after.Loops);
        Assert.Equal((0, $"{Sys.Name}-flexsc-0", after.Backend.Chosen, 1, true), (loop.Index, loop.ThreadName, loop.Backend, loop.Actors, loop.IsOpen));
        Assert.True(File.Exists($"/proc/self/task/{loop.ThreadId}/stat"));
        Assert.Equal(LoopGroup.Of(Sys).Loops[0].Loop.EntryCount, loop.EntriesLimit);
        Assert.InRange(loop.Submissions, before.Loops[0].Submissions + 1, long.MaxValue);
        Assert.Null(after.Placement);

        FlexRates rates = Assert.Single(FlexRates.Between(before, after));
        double seconds = after.ClockSeconds - before.ClockSeconds;
        Assert.Equal(loop.Submissions - before.Loops[0].Submissions, rates.EntriesPerSecond * seconds, precision: 3);
        Assert.Equal(loop.Traps - before.Loops[0].Traps, rates.TrapsPerSecond * seconds, precision: 3);

        // It computed for 20 ms of the clock, some of which the core may have been another's.
        Assert.InRange(rates.Utilisation + rates.Waiting, 0.001, 2);
        Assert.Throws<ArgumentException>(() => FlexRates.Between(after, before));
    }

    [Fact]
    public async Task Looking_for_a_time_is_refused_on_a_loop_which_it_would_hold_up()
    {
        InvalidOperationException refused = await Assert.ThrowsAsync<InvalidOperationException>(() => FlexLoops.RunAsync(
            Sys, 0, _ => Task.FromResult(Sys.FlexReport(TimeSpan.FromMilliseconds(5)))));
        Assert.Contains("take the report on another thread, or without a time", refused.Message, StringComparison.Ordinal);
        Assert.Single((await FlexLoops.RunAsync(Sys, 0, _ => Task.FromResult(Sys.FlexReport()))).Loops);
    }

    [Fact]
    public async Task Who_holds_up_a_loop_shows_while_it_does()
    {
        TestProbe evictions = Subscribe<ActorEvicted>();
        IActorRef blocking = Create();
        string path = blocking.Path.ToString();
        using ManualResetEventSlim release = new();
        blocking.Tell(new WaitFor(release));
        await evictions.ExpectMsgAsync<ActorEvicted>(Deadline);

        FlexReport report = Sys.FlexReport(TimeSpan.FromMilliseconds(5));
        LoopReport loop = Assert.Single(report.Loops);
        Assert.Equal((true, false, path), (loop.IsHeldUp, loop.IsParked, loop.Running));
        Assert.Equal(new BusyActor(path, 0, 1), Assert.Single(report.BusiestActors));
        Assert.Equal((1, new ActorEvicted(path, 0, EvictionReason.Stall)), (report.EvictedActorCount, Assert.Single(report.EvictedActors)));

        release.Set();
        await AwaitAssertAsync(
            () =>
            {
                LoopReport free = Sys.FlexReport().Loops[0];
                Assert.Equal((false, true), (free.IsHeldUp, free.IsParked));
                Assert.Null(free.Running);
                Assert.InRange(free.LongestTurnMs, 50, Deadline.TotalMilliseconds);
            },
            Deadline);
    }

    [Fact]
    public async Task As_json_it_is_one_line_that_is_read_back_as_it_was()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        IActorRef placement = Sys.FlexPlacement();
        placement.Tell(new FlexPlacement.SetPolicy("FlexSc.Akka.Tests.Diagnostics.FlexReportSpec+Served, FlexSc.Akka.Tests"), TestActor);
        await FishForMessageAsync(static message => message is PlacementChanged { Reason: "for the report" }, Deadline);
        IActorRef actor = Create();
        Assert.True(await IsOnLoopAsync(actor));
        Assert.True(FlexEviction.Evict(actor));
        FlexReport? report = null;
        await AwaitAssertAsync(
            () =>
            {
                report = Sys.FlexReport();

                // The eviction may have come to the log after it.
                Assert.Contains("for the report", report.Placement?.Decisions.Select(static decision => decision.Reason) ?? []);
            },
            Deadline);

        byte[] json = report!.ToJson();
        Assert.DoesNotContain((byte)'\n', json);
        Assert.Equal(Encoding.UTF8.GetString(json), Encoding.UTF8.GetString(FlexReportJson.Read(json).ToJson()));
        JsonElement root = JsonDocument.Parse(json).RootElement;
        Assert.Equal(1, root.GetProperty("format").GetInt32());
        Assert.Equal("Request", root.GetProperty("evictedActors")[0].GetProperty("reason").GetString());
        Assert.Equal(report!.Allowance!.Cpus, root.GetProperty("allowance").GetProperty("cpus").EnumerateArray().Select(static cpu => cpu.GetInt32()));
        Assert.Equal(JsonValueKind.Number, root.GetProperty("loops")[0].GetProperty("load").GetProperty("utilisation").ValueKind);
        Assert.Equal(1, root.GetProperty("placement").GetProperty("openLoops").GetInt32());
        Assert.Equal("Open", root.GetProperty("loops")[0].GetProperty("place").GetProperty("role").GetString());
    }

    [Fact]
    public async Task It_starts_nothing_and_tells_why_FlexSC_does_not_run()
    {
        using ActorSystem idle = ActorSystem.Create("idle", "flexsc.loops.count = 1");
        Assert.Empty(idle.FlexReport().Loops);
        Assert.Null(idle.FlexReport().Backend);
        Assert.Empty(LoopGroup.Of(idle).StartedLoops);
        await idle.Terminate();

        using ActorSystem stock = ActorSystem.Create("stock", "flexsc.enabled = off");
        Assert.Equal("flexsc.enabled is off", stock.FlexReport().NotRunningReason);
        Assert.Equal(stock.FlexReport().NotRunningReason, FlexReportJson.Read(stock.FlexReport().ToJson()).NotRunningReason);
        await stock.Terminate();
    }

    /// <summary>A plan that differs from the first one and can be carried out by any machine.</summary>
    public sealed class Served : IPlacementPolicy
    {
        public PlacementProposal Decide(PlacementSnapshot snapshot) =>
            new(
                snapshot.Plan with
                {
                    Loops = [.. snapshot.Plan.Loops.Select(place => place with { Cpu = null })],
                },
                "for the report");
    }
}
