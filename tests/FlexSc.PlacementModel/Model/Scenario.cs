using FlexSc.Interop.Capabilities;

namespace FlexSc.PlacementModel.Model;

/// <summary>What happens on a machine, and what counts.</summary>
/// <param name="Name">What it is.</param>
/// <param name="About">What it shows.</param>
/// <param name="Loads">What happens, one after the other.</param>
/// <param name="LimitMicroseconds">A request that takes longer does not count.</param>
internal sealed record Scenario(string Name, string About, IReadOnlyList<Load> Loads, double LimitMicroseconds = 20_000)
{
    /// <summary>A split that stays settles for so long, and is measured for as long at the least: five periods of a quota.</summary>
    private const double ShortestSeconds = 0.5;

    /// <summary>Thinking times, or messages of the actor of its own, that a window has at the least.</summary>
    private const double FewestThoughts = 10;

    /// <summary>Seconds after a change that do not count.</summary>
    public double SettleSeconds { get; init; } = 2;

    /// <summary>Loads after which they come again from the first on; 0 where each is for itself.</summary>
    public int Cycle { get; init; }

    public double Seconds => Loads.Sum(static load => load.Seconds);

    /// <summary>What counts, in seconds: of each load what is left after settling; of those that come again, all after the first settling.</summary>
    public IReadOnlyList<(double From, double To)> Windows
    {
        get
        {
            if (Cycle > 0)
            {
                return [(SettleSeconds, Seconds)];
            }

            List<(double, double)> windows = [];
            double start = 0;
            foreach (Load load in Loads)
            {
                windows.Add((start + SettleSeconds, start + load.Seconds));
                start += load.Seconds;
            }

            return windows;
        }
    }

    /// <summary>
    /// What a window is about and nothing else, in less time: for a split that stays, which has nothing to learn and is soon what it will be.
    /// One that falls behind has less time to show it, so this errs in its favour.
    /// </summary>
    /// <param name="window">Number of the window, from 0.</param>
    public Scenario Alone(int window)
    {
        if (Cycle > 0)
        {
            Load[] cycle = [.. Loads.Take(Cycle)];
            double seconds = cycle.Sum(static load => load.Seconds);
            int times = Math.Max(1, (int)Math.Ceiling(ShortestSeconds / seconds));
            return this with { SettleSeconds = seconds, Loads = [.. Enumerable.Repeat(cycle, times + 1).SelectMany(static loads => loads)] };
        }

        Load load = Loads[window];
        return this with { SettleSeconds = ShortestSeconds, Loads = [load with { Seconds = ShortestSeconds + WindowOf(load) }] };
    }

    private static double WindowOf(Load load) => Math.Max(
        ShortestSeconds,
        Math.Max(
            load.OfferedPerSecondPerCore > 0 ? 0 : load.ThinkMicroseconds * FewestThoughts / 1e6,
            load.ActorMessagesPerSecond > 0 ? 1 / load.ActorMessagesPerSecond : 0));
}

/// <summary>What a window showed.</summary>
/// <param name="Requests">Requests answered in time, a second.</param>
/// <param name="ActorMessages">Messages of the actor of its own handled, a second.</param>
/// <param name="CpuMicroseconds">CPU of a request, pollings of syscall cores included.</param>
internal readonly record struct WindowFigures(double Requests, double ActorMessages, double CpuMicroseconds);

/// <summary>What a run showed.</summary>
/// <param name="Windows">For each window of the scenario.</param>
/// <param name="Decisions">Seconds and reasons.</param>
/// <param name="Course">Every tenth of a second: requests answered in time, a second; loops in use; syscall cores.</param>
internal sealed record RunFigures(
    IReadOnlyList<WindowFigures> Windows,
    IReadOnlyList<(double Seconds, string Reason)> Decisions,
    IReadOnlyList<(double Seconds, double Requests, int Loops, int SyscallCores)> Course);

/// <summary>A named machine.</summary>
internal sealed record ModelMachine(string Name, CpuTopology Topology);
