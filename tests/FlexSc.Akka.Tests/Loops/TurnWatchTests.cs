using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>Whose time a long turn is, by what the kernel counts for the thread.</summary>
public sealed class TurnWatchTests
{
    private const double RunBefore = 7;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly object Work = new();

    private ThreadTimes _times = Times(run: 0, wait: 0, isReady: true);

    [Fact]
    public void A_thread_that_computes_is_at_its_own_time()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0.25, wait: 0, isReady: true));
        Look(watch, Times(run: 0.5, wait: 0, isReady: true));
        Assert.Equal((2 * Interval, 2 * Interval, TimeSpan.Zero), (watch.Elapsed, watch.Own, watch.Starved));
        Assert.True(watch.IsComputing);
        Assert.False(watch.HasSeveral);
    }

    [Fact]
    public void A_thread_that_is_blocked_is_at_its_own_time()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0.001, wait: 0, isReady: false));
        Look(watch, Times(run: 0.001, wait: 0, isReady: false));
        Assert.Equal((2 * Interval, 2 * Interval), (watch.Elapsed, watch.Own));
        Assert.False(watch.IsComputing);
    }

    [Fact]
    public void Time_without_a_core_is_not_its_own()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0.05, wait: 0.2, isReady: true));
        Look(watch, Times(run: 0.1, wait: 0.4, isReady: true));
        Assert.Equal(2 * Interval, watch.Elapsed);
        Assert.Equal(100, watch.Own.TotalMilliseconds, precision: 3);
        Assert.Equal(400, watch.Starved.TotalMilliseconds, precision: 3);
    }

    [Fact]
    public void A_wait_for_a_core_that_goes_on_is_not_its_own_though_it_is_not_counted_yet()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0.01, wait: 0, isReady: true));
        Look(watch, Times(run: 0.01, wait: 0, isReady: true));
        Assert.Equal(10, watch.Own.TotalMilliseconds, precision: 3);
        Look(watch, Times(run: 0.02, wait: 0.73, isReady: true));
        Assert.Equal(20, watch.Own.TotalMilliseconds, precision: 3);
    }

    [Fact]
    public void What_was_blocked_before_stays_its_own_when_it_is_ready_again()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0, wait: 0, isReady: false));
        Look(watch, Times(run: 0.01, wait: 0, isReady: true));
        Assert.Equal(260, watch.Own.TotalMilliseconds, precision: 3);
    }

    [Fact]
    public void Without_the_kernels_count_all_time_is_its_own()
    {
        TurnWatch watch = new(Interval, static () => default);
        watch.Look(Activity(turns: 1), Interval);
        watch.Look(Activity(turns: 1), Interval);
        Assert.Equal((Interval, Interval), (watch.Elapsed, watch.Own));
    }

    [Fact]
    public void Time_for_which_nobody_looked_counts_as_one_look()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0, wait: 0, isReady: false), TimeSpan.FromHours(8));
        Assert.Equal((Interval, Interval), (watch.Elapsed, watch.Own));
        Look(watch, Times(run: 0, wait: 0, isReady: false), 2 * Interval);
        Assert.Equal((3 * Interval, 3 * Interval), (watch.Elapsed, watch.Own));
    }

    [Fact]
    public void Another_turn_begins_anew()
    {
        TurnWatch watch = InTurn();
        Look(watch, Times(run: 0.25, wait: 0, isReady: true));
        watch.IsStallTold = watch.IsStarvationTold = true;
        watch.Look(Activity(turns: 2), Interval);
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (watch.Elapsed, watch.Own));
        Assert.False(watch.IsStallTold || watch.IsStarvationTold);

        // What it had used before is not the next turn's.
        watch.Look(Activity(turns: 2), Interval);
        Assert.Equal((Interval, TimeSpan.Zero), (watch.Elapsed, watch.Own));
    }

    [Fact]
    public void A_loop_that_waited_for_work_is_in_its_turn_since_it_has_some()
    {
        TurnWatch watch = new(Interval, () => _times);
        watch.Look(Activity(turns: 1) with { IsParked = true }, Interval);
        watch.Look(Activity(turns: 1), Interval);
        Assert.Equal(TimeSpan.Zero, watch.Elapsed);
        Look(watch, Times(run: 0.25, wait: 0, isReady: true));
        Assert.Equal((Interval, Interval), (watch.Elapsed, watch.Own));
    }

    [Fact]
    public void Several_that_ran_in_a_turn_are_seen()
    {
        TurnWatch watch = InTurn();
        watch.Look(Activity(turns: 1) with { Runs = 2 }, Interval);
        watch.Look(Activity(turns: 1) with { Runs = 2 }, Interval);
        Assert.True(watch.HasSeveral);
    }

    private static ThreadTimes Times(double run, double wait, bool isReady) => new(RunBefore + run, wait, 0, 0, 0) { IsReady = isReady };

    private static LoopActivity Activity(long turns) => new(turns, 1, Work, IsParked: false);

    private TurnWatch InTurn()
    {
        TurnWatch watch = new(Interval, () => _times);
        watch.Look(Activity(turns: 1), Interval);
        return watch;
    }

    private void Look(TurnWatch watch, ThreadTimes times, TimeSpan? since = null)
    {
        _times = times;
        watch.Look(Activity(turns: 1), since ?? Interval);
    }
}
