using System.CommandLine;
using FlexSc.Benchmarks.Blocking;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Commands;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The blocking-program command: a program whose actors block, on the loops and on the stock dispatcher.</summary>
internal static class BlockingProgramCommand
{
    private const int MaxRounds = 100;
    private const int MaxActors = 100_000;
    private const int MaxTimes = 1_000_000;
    private const int MaxBlockMs = 10_000;
    private const double MaxBar = 100;

    public static Command Create()
    {
        Option<int?> rounds = NumberOption.Whole("--rounds", "Rounds, both dispatchers in turn in each; default 5, quick 1.", 1, MaxRounds);
        Option<int?> blocking = NumberOption.Whole("--blocking", "Actors that block; default 100, quick 20.", 1, MaxActors);
        Option<int?> blockTimes = NumberOption.Whole("--block-times", "Messages of each of them; default 10, quick 5.", 1, MaxTimes);
        Option<int?> block = NumberOption.Whole("--block-ms", "How long they block, where that can be chosen; default 20.", 1, MaxBlockMs);
        Option<int?> computing = NumberOption.Whole("--computing", "Actors that do not block; default 100, quick 20.", 0, MaxActors);
        Option<int?> computeTimes = NumberOption.Whole("--compute-times", "Messages of each of them; default 2000.", 1, MaxTimes);
        Option<double?> bar = NumberOption.Decimal("--bar", "Time to finish relative to the stock dispatcher that is allowed; default 1.1.", 0.1, MaxBar);
        Option<IReadOnlyList<string>> kinds = NamesOption.Of("--kinds", "Ways to block, a program for each", BlockingOptions.AllKinds);
        Command command = new(
            "blocking-program", "A whole program whose actors block, on FlexSC's dispatcher and on the stock one: time to finish. Some 10 minutes.");
        return Experiment.CommandOf(
            command, "one round of small programs", "all runs", [rounds, blocking, blockTimes, block, computing, computeTimes, bar, kinds],
            (result, isQuick, cores) =>
            {
                BlockingOptions options = new(
                    isQuick,
                    result.GetValue(rounds) ?? (isQuick ? 1 : 5),
                    result.GetValue(blocking) ?? (isQuick ? 20 : 100),
                    result.GetValue(blockTimes) ?? (isQuick ? 5 : 10),
                    result.GetValue(block) ?? 20,
                    result.GetValue(computing) ?? (isQuick ? 20 : 100),
                    result.GetValue(computeTimes) ?? 2000,
                    result.GetValue(bar) ?? 1.1,
                    result.GetRequiredValue(kinds));

                // The programs have all cores, as a whole program has.
                RunOptions machine = Experiment.MachineOf(isQuick, options.Rounds, seconds: 0, warmUpSeconds: 0, cores);
                return new Experiment(BlockingRun.EstimatedMinutes(options), machine, (utc, facts) =>
                {
                    (IReadOnlyList<BlockingFigures> runs, IReadOnlyList<string> failures) = new BlockingRun(options).Run();
                    return new BlockingReport(utc, facts, options, runs, failures);
                });
            },
            takesCores: false);
    }
}
