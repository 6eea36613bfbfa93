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
    /// <summary>More cores than these: splits in steps, then those beside the best; and longer turns.</summary>
    private const int ManyCores = 16;

    private const int Steps = 16;
    private const double TurnMicroseconds = 200;
    private const double LongTurnMicroseconds = 1_000;

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
        double turn = cores > ManyCores ? LongTurnMicroseconds : TurnMicroseconds;
        RunFigures adaptive = Simulation.Run(scenario, machine, figures, new ModelledPlacement(
            new AdaptivePolicy(new AdaptiveLimits()), believed ?? figures.Costs, cores, abilities)
        {
            TurnMicroseconds = turn,
        });
        Dictionary<StaticSplit, RunFigures> splits = [];
        Try(cores > ManyCores ? Coarse(cores) : StaticSplit.AllOf(cores));
        if (cores > ManyCores)
        {
            int step = cores / Steps;
            Try(scenario.Windows.Select((_, i) => Best(i).SyscallCores).Distinct()
                .SelectMany(best => Enumerable.Range(Math.Max(0, best - step + 1), (2 * step) - 1))
                .Where(count => count < cores).Select(count => new StaticSplit(cores - count, count)));
        }

        return new Comparison(
            scenario, machine, figures,
            [.. scenario.Windows.Select((window, i) => new WindowComparison(window.From, adaptive.Windows[i], splits[Best(i)].Windows[i], Best(i)))],
            adaptive, splits.Count);

        void Try(IEnumerable<StaticSplit> some)
        {
            foreach (StaticSplit split in some.Where(split => !splits.ContainsKey(split)))
            {
                splits[split] = split.Run(scenario, machine, figures, turn);
            }
        }

        StaticSplit Best(int window) => splits.MaxBy(split => split.Value.Windows[window].Requests).Key;
    }

    /// <summary>All cores used, syscall cores in steps; and fewer loops, each time half.</summary>
    private static IEnumerable<StaticSplit> Coarse(int cores)
    {
        for (int count = 0; count < cores; count += cores / Steps)
        {
            yield return new StaticSplit(cores - count, count);
        }

        for (int loops = cores / 2; loops > 0; loops /= 2)
        {
            yield return new StaticSplit(loops, 0);
        }
    }
}
