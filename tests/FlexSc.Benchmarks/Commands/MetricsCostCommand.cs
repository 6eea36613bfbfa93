using System.CommandLine;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Watching;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The metrics-cost command: what it costs a server to be looked at.</summary>
internal static class MetricsCostCommand
{
    private const int MaxLaunches = 100;
    private const int MaxRounds = 1000;
    private const double MaxSeconds = 60;
    private const int MaxOffered = 1_000_000;
    private const double MaxBarPercent = 100;
    private const int MaxPairs = 10_000;
    private const int MaxPairWindowMs = 5000;

    public static Command Create()
    {
        UsualOption<int> launches = UsualOption.Whole("--launches", "Times that the server is started anew", 2, 1, MaxLaunches, quick: 1);
        UsualOption<int> rounds = UsualOption.Whole("--rounds", "Rounds of each load in a launch", 4, 1, MaxRounds, quick: 2);
        UsualOption<double> seconds = UsualOption.Decimal("--seconds", "Measured seconds", 2, 0.1, MaxSeconds, quick: 1);
        UsualOption<double> warmUp = UsualOption.Decimal(
            "--warmup-seconds", "Load before the rounds, under each watcher", 3, 0.5, MaxSeconds, quick: 1);
        UsualOption<int> offered = UsualOption.Whole("--offered", "Requests a second of the load with a pace", 1000, 1, MaxOffered);
        UsualOption<double> bar = UsualOption.Decimal("--bar-percent", "What it may cost", 1, 0, MaxBarPercent);
        UsualOption<int> pairs = UsualOption.Whole(
            "--pairs", "Pairs of short windows for each who reads, in a launch", 400, 1, MaxPairs, quick: 10);
        UsualOption<int> pairWindow = UsualOption.Whole("--pair-window-ms", "Each of those windows", 200, 10, MaxPairWindowMs);
        Command command = new(
            "metrics-cost", "The HTTP server with nobody looking, by metrics, and with the dashboard: CPU per request. Some 15 minutes.");
        return Experiment.CommandOf(
            command, "one launch, two short rounds", "all windows", [launches, rounds, seconds, warmUp, offered, bar, pairs, pairWindow],
            (result, isQuick, cores) =>
            {
                WatchingOptions options = new(
                    isQuick,
                    launches.Of(result, isQuick),
                    rounds.Of(result, isQuick),
                    seconds.Of(result, isQuick),
                    warmUp.Of(result, isQuick),
                    offered.Of(result),
                    bar.Of(result),
                    pairs.Of(result, isQuick),
                    pairWindow.Of(result));
                RunOptions machine = Experiment.MachineOf(isQuick, options.Rounds, options.Seconds, options.WarmUpSeconds, cores);
                return new Experiment(WatchingRun.EstimatedMinutes(options), machine, (utc, facts) =>
                {
                    (IReadOnlyList<WatchingCell> cells, IReadOnlyList<WatchingParts> parts, IReadOnlyList<string> failures) =
                        new WatchingRun(options, machine).Run();
                    return WatchingReport.Of(utc, facts, options, cells, parts, failures);
                });
            });
    }
}
