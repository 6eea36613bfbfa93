using System.CommandLine;
using FlexSc.Benchmarks.Blocking;
using FlexSc.Benchmarks.Run;

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
        UsualOption<int> rounds = UsualOption.Whole("--rounds", "Rounds, both dispatchers in turn in each", 5, 1, MaxRounds, quick: 1);
        UsualOption<int> blocking = UsualOption.Whole("--blocking", "Actors that block", 100, 1, MaxActors, quick: 20);
        UsualOption<int> blockTimes = UsualOption.Whole("--block-times", "Messages of each of them", 10, 1, MaxTimes, quick: 5);
        UsualOption<int> block = UsualOption.Whole("--block-ms", "How long they block, where that can be chosen", 20, 1, MaxBlockMs);
        UsualOption<int> computing = UsualOption.Whole("--computing", "Actors that do not block", 100, 0, MaxActors, quick: 20);
        UsualOption<int> computeTimes = UsualOption.Whole("--compute-times", "Messages of each of them", 2000, 1, MaxTimes);
        UsualOption<double> bar = UsualOption.Decimal(
            "--bar", "Time to finish relative to the stock dispatcher that is allowed", 1.1, 0.1, MaxBar);
        Option<IReadOnlyList<string>> kinds = NamesOption.Of("--kinds", "Ways to block, or to be uneven, a program for each", BlockingOptions.AllKinds);
        Command command = new(
            "blocking-program", "A whole program whose actors block, on FlexSC's dispatcher and on the stock one: time to finish. Some 10 minutes.");
        return Experiment.CommandOf(
            command, "one round of small programs", "all runs", [rounds, blocking, blockTimes, block, computing, computeTimes, bar, kinds],
            (result, isQuick, cores) =>
            {
                BlockingOptions options = new(
                    isQuick,
                    rounds.Of(result, isQuick),
                    blocking.Of(result, isQuick),
                    blockTimes.Of(result, isQuick),
                    block.Of(result),
                    computing.Of(result, isQuick),
                    computeTimes.Of(result),
                    bar.Of(result),
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
