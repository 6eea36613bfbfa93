using System.CommandLine;
using FlexSc.Benchmarks.Regress;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The regress command: whether the working tree costs more than a commit.</summary>
internal static class RegressCommand
{
    private const int MaxLaunches = 100;
    private const int MaxRounds = 100;
    private const double MaxSeconds = 60;
    private const double MaxMarginPercent = 100;

    public static Command Create()
    {
        Argument<string> commit = new("commit") { Description = "The commit to compare with, by any name that git knows." };
        UsualOption<int> launches = UsualOption.Whole("--launches", "Times that all servers are started anew", 7, 1, MaxLaunches);
        UsualOption<int> rounds = UsualOption.Whole("--rounds", "Rounds of each cell in a launch", 3, 1, MaxRounds);
        UsualOption<double> seconds = UsualOption.Decimal("--seconds", "Measured seconds", 0.6, 0.1, MaxSeconds);
        UsualOption<double> firstWarmUp = UsualOption.Decimal(
            "--first-warmup-seconds", "Load on each server when it has started", 4, 0.5, MaxSeconds);
        UsualOption<double> warmUp = UsualOption.Decimal(
            "--warmup-seconds", "Load on each server before the rounds of a cell", 0.8, 0.1, MaxSeconds);
        UsualOption<double> margin = UsualOption.Decimal("--margin-percent", "Difference that does not count", 3, 0, MaxMarginPercent);
        Option<string?> json = new("--json")
        {
            Description = "File for the ratios of each launch; default: artifacts/benchmarks/regress-TIME.json.",
        };
        Option<IReadOnlyList<string>> cells = NamesOption.Of(
            "--cells", "Cells to compare", [.. RegressCell.All.Select(static cell => cell.Name)]);
        CoreOptions cores = new();
        Command command = new(
            "regress", "The working tree against a commit on the main cells, with a control: better, same or worse. Some 20 minutes.")
        {
            commit, launches, rounds, seconds, firstWarmUp, warmUp, margin, cells, json,
        };
        cores.AddTo(command);
        command.SetAction(result => Run(
            result.GetRequiredValue(commit),
            new RegressOptions(
                launches.Of(result),
                rounds.Of(result),
                seconds.Of(result),
                firstWarmUp.Of(result),
                warmUp.Of(result),
                margin.Of(result),
                result.GetRequiredValue(cells)),
            cores.Of(result),
            result.GetValue(json) ?? JsonReport.DefaultFile(command.Name)));
        return command;
    }

    private static int Run(string commit, RegressOptions options, (int? Server, int? Generator) cores, string file)
    {
        int least = RegressJudge.LeastLaunches(options.Cells.Count);
        if (options.Launches < least)
        {
            Progress.Write(FormattableString.Invariant(
                $"{options.Launches} launches of {options.Cells.Count} cells can show nothing, whatever their figures: it takes {least}"));
        }

        JsonReport.CheckWritable(file);
        RunOptions machine = new(
            Quick: false, options.Rounds, options.Seconds, options.FirstWarmUpSeconds, options.WarmUpSeconds, TrapSeconds: 0,
            MaxSpreadPercent: double.MaxValue, cores.Server, cores.Generator, Only: null);
        CommitTree before = CommitTree.Of(commit);
        Progress.Write(FormattableString.Invariant(
            $"{before.Commit} against the working tree: about {RegressRun.EstimatedMinutes(options):0.0} minutes, builds left out"));
        if (machine is { GeneratorCore: { } core, OneCore: false })
        {
            ProcessorCores.PinThisProcess(core);
        }

        DateTime utc = DateTime.UtcNow;
        (IReadOnlyList<LaunchRatios> ratios, IReadOnlyList<string> failures) = new RegressRun(options, before, machine).Run();
        RegressReport report = RegressReport.Of(before.Commit, utc, MachineFacts.Read(), options, ratios, failures);
        JsonReport.Write(file, report);
        TerminalReport.WidenIfRedirected();
        TerminalReport.Write(report.ToTable());
        foreach (string failure in failures)
        {
            TerminalReport.Line(failure);
        }

        TerminalReport.Line($"written: {file}");
        return report.Rows.Any(static row => row.Launches == 0) ? CommandRun.ExitFailed : report.ExitCode;
    }
}
