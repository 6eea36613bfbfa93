using System.CommandLine;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Stalls;
using FlexSc.Measuring.Machine;

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
        UsualOption<int> rounds = UsualOption.Whole(
            "--rounds", "Times that each case has a server of its own", 3, 1, MaxRounds, quick: 1);
        UsualOption<double> seconds = UsualOption.Decimal(
            "--seconds", "Measured seconds before, once more before, and after", 10, MinSeconds, MaxSeconds, quick: 2);
        UsualOption<double> warmUp = UsualOption.Decimal("--warmup-seconds", "Load before that", 5, MinSeconds, MaxSeconds, quick: 1);
        UsualOption<int> offered = UsualOption.Whole("--offered", "Requests a second of the neighbours", 1000, 1, MaxOffered);
        UsualOption<int> connections = UsualOption.Whole("--connections", "Neighbours", 16, 1, MaxConnections);
        UsualOption<int> block = UsualOption.Whole("--block-ms", "How long a message blocks", 500, 1, MaxStallMs);
        UsualOption<int> compute = UsualOption.Whole("--compute-ms", "How long a message computes", 50, 1, MaxStallMs);
        UsualOption<int> giveUp = UsualOption.Whole(
            "--give-up-ms", "flexsc.loops.give-up-ms, after which a loop is given up", 3000, 1, MaxGiveUpMs);
        UsualOption<int> fresh = UsualOption.Whole(
            "--new-connections", "New connections, and actors, that are tried when the loop was given up", 200, 1, MaxConnections);
        UsualOption<double> bar = UsualOption.Decimal("--bar", "p99 after relative to before that is allowed", 1.2, 1, MaxBar);
        Option<string> idleCores = CommonOptions.IdleCoresOption();
        Option<string> priority = CommonOptions.GeneratorPriorityOption();
        Option<IReadOnlyList<string>> cases = NamesOption.Of("--cases", "Cases to run", [.. StallCase.All.Select(static one => one.Name)]);
        Command command = new(
            "stalls", "p99 of the neighbours of an actor that blocks, computes or deadlocks on its loop: before, meanwhile, after. Some 10 minutes.");
        return Experiment.CommandOf(
            command, "one round of each case, some seconds", "all rounds",
            [rounds, seconds, warmUp, offered, connections, block, compute, giveUp, fresh, bar, idleCores, priority, cases], (result, isQuick, cores) =>
            {
                StallsOptions options = new(
                    isQuick,
                    rounds.Of(result, isQuick),
                    warmUp.Of(result, isQuick),
                    seconds.Of(result, isQuick),
                    offered.Of(result),
                    connections.Of(result),
                    block.Of(result),
                    compute.Of(result),
                    giveUp.Of(result),
                    fresh.Of(result),
                    bar.Of(result),
                    result.GetRequiredValue(idleCores) == CommonOptions.CoresAwake,
                    result.GetRequiredValue(priority) == CommonOptions.RealTime && RealTimePriority.IsAllowed(),
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
