using System.CommandLine;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Watching;
using FlexSc.Measuring;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Machine;

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
        Option<bool> quick = new("--quick") { Description = "A look instead of a measurement: one launch, two short rounds." };
        Option<int?> launches = NumberOption.Whole(
            "--launches", "Times that the server is started anew; default 2, quick 1.", 1, MaxLaunches);
        Option<int?> rounds = NumberOption.Whole("--rounds", "Rounds of each load in a launch; default 4, quick 2.", 1, MaxRounds);
        Option<double?> seconds = NumberOption.Decimal("--seconds", "Measured seconds; default 2, quick 1.", 0.1, MaxSeconds);
        Option<double?> warmUp = NumberOption.Decimal(
            "--warmup-seconds", "Load before the rounds, under each watcher; default 3, quick 1.", 0.5, MaxSeconds);
        Option<int?> offered = NumberOption.Whole("--offered", "Requests a second of the load with a pace; default 1000.", 1, MaxOffered);
        Option<double?> bar = NumberOption.Decimal("--bar-percent", "What it may cost; default 1.", 0, MaxBarPercent);
        Option<int?> pairs = NumberOption.Whole(
            "--pairs", "Pairs of short windows for each who reads, in a launch; default 400, quick 10.", 1, MaxPairs);
        Option<int?> pairWindow = NumberOption.Whole("--pair-window-ms", "Each of those windows; default 200.", 10, MaxPairWindowMs);
        Option<string?> json = new("--json")
        {
            Description = "File for all windows; default: artifacts/benchmarks/metrics-cost-TIME.json.",
        };
        CoreOptions cores = new();
        Command command = new(
            "metrics-cost", "The HTTP server with nobody looking, by metrics, and with the dashboard: CPU per request. Some 15 minutes.")
        {
            quick, launches, rounds, seconds, warmUp, offered, bar, pairs, pairWindow, json,
        };
        cores.AddTo(command);
        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            return Run(
                new WatchingOptions(
                    isQuick,
                    result.GetValue(launches) ?? (isQuick ? 1 : 2),
                    result.GetValue(rounds) ?? (isQuick ? 2 : 4),
                    result.GetValue(seconds) ?? (isQuick ? 1 : 2),
                    result.GetValue(warmUp) ?? (isQuick ? 1 : 3),
                    result.GetValue(offered) ?? 1000,
                    result.GetValue(bar) ?? 1,
                    result.GetValue(pairs) ?? (isQuick ? 10 : 400),
                    result.GetValue(pairWindow) ?? 200),
                cores.Of(result),
                result.GetValue(json) ?? JsonReport.DefaultFile(command.Name));
        });
        return command;
    }

    private static int Run(WatchingOptions options, (int? Server, int? Generator) cores, string file)
    {
        JsonReport.CheckWritable(file);
        RunOptions machine = new(
            options.Quick, options.Rounds, options.Seconds, options.WarmUpSeconds, options.WarmUpSeconds, TrapSeconds: 0,
            MaxSpreadPercent: double.MaxValue, cores.Server, cores.Generator, Only: null);
        Progress.Write(FormattableString.Invariant($"about {WatchingRun.EstimatedMinutes(options):0.0} minutes, builds left out"));
        if (machine is { GeneratorCore: { } core, OneCore: false })
        {
            ProcessorCores.PinThisProcess(core);
        }

        DateTime utc = DateTime.UtcNow;
        (IReadOnlyList<WatchingCell> cells, IReadOnlyList<WatchingParts> parts, IReadOnlyList<string> failures) = new WatchingRun(options, machine).Run();
        WatchingReport report = WatchingReport.Of(utc, MachineFacts.Read(), options, cells, parts, failures);
        JsonReport.Write(file, report);
        TerminalReport.WidenIfRedirected();
        TerminalReport.Write(report.ToTable());
        TerminalReport.Write(report.ToTableOfParts());
        foreach (string failure in failures)
        {
            TerminalReport.Line(failure);
        }

        if (options.Quick)
        {
            TerminalReport.Line("quick run: it shows that everything works; its figures are not to be quoted");
        }

        TerminalReport.Line($"written: {file}");
        return report.IsWhole ? 0 : CommandRun.ExitFailed;
    }
}
