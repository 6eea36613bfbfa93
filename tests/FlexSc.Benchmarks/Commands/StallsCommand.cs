using System.CommandLine;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Stalls;
using FlexSc.Measuring.Commands;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The stalls command: what neighbours of an actor see that holds up its loop.</summary>
internal static class StallsCommand
{
    private const int MaxRounds = 100;
    private const double MinSeconds = 1;
    private const double MaxSeconds = 600;
    private const int MaxOffered = 1_000_000;
    private const int MaxConnections = 1000;
    private const int MaxStallMs = 10_000;
    private const int MaxGiveUpMs = 30_000;
    private const double MaxBar = 100;

    public static Command Create()
    {
        Option<int?> rounds = NumberOption.Whole("--rounds", "Times that each case has a server of its own; default 3, quick 1.", 1, MaxRounds);
        Option<double?> seconds = NumberOption.Decimal(
            "--seconds", "Measured seconds before, once more before, and after; default 10, quick 2.", MinSeconds, MaxSeconds);
        Option<double?> warmUp = NumberOption.Decimal("--warmup-seconds", "Load before that; default 5, quick 1.", MinSeconds, MaxSeconds);
        Option<int?> offered = NumberOption.Whole("--offered", "Requests a second of the neighbours; default 1000.", 1, MaxOffered);
        Option<int?> connections = NumberOption.Whole("--connections", "Neighbours; default 16.", 1, MaxConnections);
        Option<int?> block = NumberOption.Whole("--block-ms", "How long a message blocks; default 500.", 1, MaxStallMs);
        Option<int?> compute = NumberOption.Whole("--compute-ms", "How long a message computes; default 50.", 1, MaxStallMs);
        Option<int?> giveUp = NumberOption.Whole(
            "--give-up-ms", "flexsc.loops.give-up-ms, after which a loop is given up; default 3000.", 1, MaxGiveUpMs);
        Option<int?> fresh = NumberOption.Whole(
            "--new-connections", "New connections, and actors, that are tried when the loop was given up; default 200.", 1, MaxConnections);
        Option<double?> bar = NumberOption.Decimal("--bar", "p99 after relative to before that is allowed; default 1.2.", 1, MaxBar);
        Option<IReadOnlyList<string>> cases = NamesOption.Of("--cases", "Cases to run", [.. StallCase.All.Select(static one => one.Name)]);
        Command command = new(
            "stalls", "p99 of the neighbours of an actor that blocks, computes or deadlocks on its loop: before, meanwhile, after. Some 10 minutes.");
        return Experiment.CommandOf(
            command, "one round of each case, some seconds", "all rounds",
            [rounds, seconds, warmUp, offered, connections, block, compute, giveUp, fresh, bar, cases], (result, isQuick, cores) =>
            {
                StallsOptions options = new(
                    isQuick,
                    result.GetValue(rounds) ?? (isQuick ? 1 : 3),
                    result.GetValue(warmUp) ?? (isQuick ? 1 : 5),
                    result.GetValue(seconds) ?? (isQuick ? 2 : 10),
                    result.GetValue(offered) ?? 1000,
                    result.GetValue(connections) ?? 16,
                    result.GetValue(block) ?? 500,
                    result.GetValue(compute) ?? 50,
                    result.GetValue(giveUp) ?? 3000,
                    result.GetValue(fresh) ?? 200,
                    result.GetValue(bar) ?? 1.2,
                    result.GetRequiredValue(cases));
                RunOptions machine = Experiment.MachineOf(isQuick, options.Rounds, options.Seconds, options.WarmUpSeconds, cores);
                return new Experiment(StallsRun.EstimatedMinutes(options), machine, (utc, facts) =>
                {
                    (IReadOnlyList<StallFigures> figures, IReadOnlyList<string> failures) = new StallsRun(options, machine).Run();
                    return new StallsReport(utc, facts, options, figures, failures);
                });
            });
    }
}
