using FlexSc.Interop.Capabilities;

namespace FlexSc.PlacementModel.Model;

/// <summary>A machine, what happens on it, and what counts.</summary>
/// <param name="Name">What it is.</param>
/// <param name="About">What it shows.</param>
/// <param name="Loads">What happens, one after the other.</param>
/// <param name="LimitMicroseconds">A request that takes longer does not count.</param>
internal sealed record Scenario(string Name, string About, IReadOnlyList<Load> Loads, double LimitMicroseconds = 20_000)
{
    /// <summary>Seconds after a change that do not count.</summary>
    public const double SettleSeconds = 2;

    public double Seconds => Loads.Sum(static load => load.Seconds);

    /// <summary>What counts, in seconds: of each load what is left after settling; where none lasts so long, all after the first settling.</summary>
    public IReadOnlyList<(double From, double To)> Windows
    {
        get
        {
            List<(double, double)> windows = [];
            double start = 0;
            foreach (Load load in Loads)
            {
                if (load.Seconds > SettleSeconds)
                {
                    windows.Add((start + SettleSeconds, start + load.Seconds));
                }

                start += load.Seconds;
            }

            return windows.Count > 0 ? windows : [(SettleSeconds, Seconds)];
        }
    }
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
