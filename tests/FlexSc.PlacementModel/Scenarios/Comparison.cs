using FlexSc.Akka.Placement;
using FlexSc.Akka.Placement.Policies;
using FlexSc.PlacementModel.Model;

namespace FlexSc.PlacementModel.Scenarios;

/// <summary>What a window of a scenario came to by the adaptive policy, and by the best split that stays.</summary>
/// <param name="From">Where the window begins, in seconds.</param>
/// <param name="Adaptive">By the policy.</param>
/// <param name="Best">By the best of the splits, for this window.</param>
/// <param name="BestSplit">Which that is.</param>
internal sealed record WindowComparison(double From, WindowFigures Adaptive, WindowFigures Best, StaticSplit BestSplit)
{
    /// <summary>Requests in time, relative to the best.</summary>
    public double Relative => Best.Requests > 0 ? Adaptive.Requests / Best.Requests : 1;

    /// <summary>Messages of the actor of its own, relative to the same split.</summary>
    public double RelativeActor => Best.ActorMessages > 0 ? Adaptive.ActorMessages / Best.ActorMessages : 1;
}

/// <summary>The adaptive policy against every split that stays.</summary>
internal sealed record Comparison(
    Scenario Scenario, ModelMachine Machine, CostFigures Figures, IReadOnlyList<WindowComparison> Windows, RunFigures Adaptive, int Splits)
{
    /// <summary>More cores than these: not every split, and fewer events.</summary>
    private const int ManyCores = 16;

    private const int Steps = 16;
    private const double AsGood = 0.999;

    /// <summary>As <see cref="ModelledPlacement.TurnMicroseconds"/> and <see cref="ModelledPlacement.TogetherMicroseconds"/>.</summary>
    private static readonly (double Turn, double Together) Fine = (200, 20);
    private static readonly (double Turn, double Together) Coarse = (200, 100);

    /// <summary>The least of all windows.</summary>
    public double Relative => Windows.Min(static window => window.Relative);

    /// <summary>Most decisions in any second that counts.</summary>
    public int DecisionsASecond => Scenario.Windows.Max(window => Adaptive.Decisions.Where(decision => decision.Seconds >= window.From && decision.Seconds <= window.To)
        .Select(first => Adaptive.Decisions.Count(other => other.Seconds >= first.Seconds && other.Seconds < Math.Min(window.To, first.Seconds + 1)))
        .DefaultIfEmpty().Max());

    /// <summary>Runs all of it.</summary>
    /// <param name="scenario">What happens.</param>
    /// <param name="machine">Where.</param>
    /// <param name="figures">What things cost there.</param>
    /// <param name="abilities">What placement can carry out.</param>
    /// <param name="believed">What the policy believes things to cost; null for what they do.</param>
    public static Comparison Of(Scenario scenario, ModelMachine machine, CostFigures figures, PlacementAbilities abilities, PlacementCosts? believed = null)
    {
        int cores = machine.Topology.Cores.Count;
        (double Turn, double Together) microseconds = cores > ManyCores ? Coarse : Fine;
        Task<RunFigures> adapting = Task.Run(() => Simulation.Run(scenario, machine, figures, new ModelledPlacement(
            new AdaptivePolicy(new AdaptiveLimits()), believed ?? figures.Costs, cores, abilities)
        {
            TurnMicroseconds = microseconds.Turn,
            TogetherMicroseconds = microseconds.Together,
        }));
        Dictionary<StaticSplit, WindowFigures>[] splits = [.. scenario.Windows.Select(static _ => new Dictionary<StaticSplit, WindowFigures>())];
        Try(_ => cores > ManyCores ? InSteps(cores) : StaticSplit.AllOf(cores));
        for (int step = cores > ManyCores ? cores / Steps / 2 : 0; step > 0; step /= 2)
        {
            Try(window => Beside(Best(window), step, cores));
        }

        RunFigures adaptive = adapting.GetAwaiter().GetResult();
        return new Comparison(
            scenario, machine, figures,
            [.. scenario.Windows.Select((window, i) => new WindowComparison(window.From, adaptive.Windows[i], splits[i][Best(i)], Best(i)))],
            adaptive, splits.Sum(static tried => tried.Count));

        void Try(Func<int, IEnumerable<StaticSplit>> some)
        {
            (int Window, StaticSplit Split)[] untried =
            [
                .. splits.SelectMany((tried, window) => some(window).Distinct().Where(split => !tried.ContainsKey(split)).Select(split => (window, split))),
            ];

            // In order, so that of several that come to the same it is always the same one.
            foreach ((int window, StaticSplit split, WindowFigures found) in untried.AsParallel().AsOrdered()
                .Select(pair => (pair.Window, pair.Split, pair.Split.Run(scenario, pair.Window, machine, figures, microseconds))))
            {
                splits[window].Add(split, found);
            }
        }

        // Of those that come to the same but for a thousandth, the one with the fewest threads.
        StaticSplit Best(int window)
        {
            double most = splits[window].Values.Max(static found => found.Requests);
            return splits[window].Where(split => split.Value.Requests >= most * AsGood)
                .MinBy(static split => (split.Key.Loops + split.Key.SyscallCores, split.Key.SyscallCores)).Key;
        }
    }

    /// <summary>
    /// All cores used and half of them, syscall cores in steps; and fewer loops inline, each time half. No more syscall cores than loops: a loop is
    /// served by one, so there would be some that nobody uses.
    /// </summary>
    private static IEnumerable<StaticSplit> InSteps(int cores)
    {
        foreach (int threads in new[] { cores, cores / 2 })
        {
            for (int count = 0; count <= threads / 2; count += cores / Steps)
            {
                yield return new StaticSplit(threads - count, count);
            }
        }

        for (int loops = cores / 4; loops > 0; loops /= 2)
        {
            yield return new StaticSplit(loops, 0);
        }
    }

    /// <summary>Splits a step away: more or fewer syscall cores in the place of loops, and more or fewer loops.</summary>
    private static IEnumerable<StaticSplit> Beside(StaticSplit split, int step, int cores)
    {
        StaticSplit[] all =
        [
            new(split.Loops - step, split.SyscallCores + step), new(split.Loops + step, split.SyscallCores - step),
            new(split.Loops - step, split.SyscallCores), new(split.Loops + step, split.SyscallCores),
        ];
        return all.Where(other => other.SyscallCores >= 0 && other.Loops >= Math.Max(1, other.SyscallCores) && other.Loops + other.SyscallCores <= cores);
    }
}
