using FlexSc.Benchmarks.Watching;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class WatchingTests
{
    private static readonly Watcher Metrics = Watcher.All.First(static watcher => watcher.IsBound);

    [Theory]
    [InlineData(5, -1)]
    [InlineData(6, 0)]
    [InlineData(8, 0)]
    [InlineData(9, 1)]
    [InlineData(24, 6)]
    public void The_interval_leaves_out_as_many_values_as_the_sign_test_allows(int count, int outside) =>
        Assert.Equal(outside, MedianInterval.LeftOut(count));

    [Fact]
    public void The_interval_holds_the_median_as_often_as_was_said()
    {
        // Seeded. The values are drawn from a distribution whose median is 1, and that is not symmetric.
        const int runs = 4000;
        Random random = new(20101004);
        int held = 0;
        for (int run = 0; run < runs; run++)
        {
            double[] values = [.. Enumerable.Range(0, 24).Select(_ => Stretched(2 * random.NextDouble()))];
            MedianInterval interval = MedianInterval.Of(values)!;
            held += interval.Low <= 1 && interval.High >= 1 ? 1 : 0;
        }

        Assert.InRange(held / (double)runs, MedianInterval.Confidence, 0.985);

        static double Stretched(double value) => value < 1 ? value : 1 + (10 * (value - 1));
    }

    [Theory]
    [InlineData(1.000, nameof(WatchingVerdict.Met))]
    [InlineData(1.030, nameof(WatchingVerdict.Missed))]
    [InlineData(1.010, nameof(WatchingVerdict.Undecided))]
    public void A_watcher_is_judged_by_the_whole_interval(double factor, string verdict)
    {
        MedianInterval? ratio = MedianInterval.Of(Noise(24).Select(noise => factor * noise));
        Assert.Equal(verdict, WatchingReport.Judge(Metrics, ratio, barPercent: 1).ToString());
        Assert.Equal(WatchingVerdict.None, WatchingReport.Judge(Watcher.Control, ratio, barPercent: 1));
    }

    [Fact]
    public void Few_rounds_show_nothing_whatever_they_brought() =>
        Assert.Equal(WatchingVerdict.Undecided, WatchingReport.Judge(Metrics, MedianInterval.Of([2, 2, 2, 2, 2]), barPercent: 1));

    [Fact]
    public void Every_watcher_is_in_every_place_once_in_as_many_rounds_as_there_are()
    {
        IReadOnlyList<Watcher>[] orders = [.. Enumerable.Range(1, Watcher.All.Count).Select(Watcher.InTurn)];
        Assert.All(
            Enumerable.Range(0, Watcher.All.Count),
            place => Assert.Equal(Watcher.All.Count, orders.Select(order => order[place]).Distinct().Count()));
    }

    [Fact]
    public void A_ratio_is_taken_within_the_round_and_a_control_that_is_far_away_is_said_to_be()
    {
        // A machine that slows down all the time: the ratio of a round does not see it.
        List<WatchingCell> cells = [];
        double[] noise = Noise(16);
        for (int round = 1; round <= noise.Length; round++)
        {
            cells.Add(new WatchingCell("saturated", Watcher.Nobody.Name, 1, round, round, 1000));
            cells.Add(new WatchingCell("saturated", Watcher.Control.Name, 1, round, round * (1 + (10 * (noise[round - 1] - 1))), 1000));
            cells.Add(new WatchingCell("saturated", Metrics.Name, 1, round, round * 1.5 * noise[round - 1], 1000));
        }

        // Of a round without its comparison there is no ratio.
        cells.Add(new WatchingCell("saturated", Metrics.Name, 2, 1, 1000, 1000));
        WatchingReport report = Report(cells);

        WatchingRow row = Assert.Single(report.Rows, static row => row.Watcher == Metrics.Name);
        Assert.Equal(1.5, row.Ratio!.Median, 0.01);
        Assert.Equal(noise.Length, row.Ratio.Count);
        Assert.Equal(WatchingVerdict.Missed, row.Verdict);
        Assert.Contains(report.ToTables().First().Notes, static note => note.Contains("more than the bar", StringComparison.Ordinal));
        Assert.False(report.IsWhole);
    }

    [Fact]
    public void The_parts_of_the_cost_add_up_to_a_share_of_what_a_request_takes()
    {
        // 100 requests in 1 ms, and with a listener in 1.01 ms: 0.1 us more for each. A window in which nothing was served says nothing.
        string[] pairs = [.. Enumerable.Repeat("1000000/100/1010000/100", 20), "5/0/5/0"];
        string[] readings = [.. Enumerable.Repeat("20000/120000", 20)];
        WatchingParts parts = new(
            Metrics.Name,
            MedianInterval.Of(WatchingParts.MorePerRequest(pairs))!,
            MedianInterval.Of(WatchingParts.OfReadings(readings))!,
            BasePerRequestUs: 40,
            OfferedPerSecond: 1000);

        Assert.Equal(20, parts.PerRequestUs.Count);
        Assert.Equal(0.1, parts.PerRequestUs.Median, 1e-9);
        Assert.Equal(100, parts.PerReadingUs.Median, 1e-9);
        Assert.Equal(0.5, parts.MedianPercent, 1e-9);
        Assert.Equal(WatchingVerdict.Met, parts.Judge(barPercent: 1));
        Assert.Equal(WatchingVerdict.Missed, parts.Judge(barPercent: 0.4));
        Assert.Equal(WatchingVerdict.Undecided, (parts with { PerRequestUs = MedianInterval.Of([0, 2])! }).Judge(barPercent: 1));
    }

    private static WatchingReport Report(IReadOnlyList<WatchingCell> cells) => WatchingReport.Of(
        DateTime.UnixEpoch,
        Sample.Machine,
        new WatchingOptions(
            Quick: false, Launches: 1, Rounds: 16, Seconds: 2, WarmUpSeconds: 3, OfferedPerSecond: 1000, BarPercent: 1, Pairs: 400, PairWindowMs: 200),
        cells,
        [],
        []);

    /// <summary>Within half a percent of 1, half of them below.</summary>
    private static double[] Noise(int count) =>
    [
        .. Enumerable.Range(0, count).Select(index => 1 + ((index % 2 == 0 ? -0.005 : 0.005) * ((index / 2) + 1) / (count / 2.0))),
    ];
}
