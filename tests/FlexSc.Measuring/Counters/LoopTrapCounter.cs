using FlexSc.Measuring.Servers;

namespace FlexSc.Measuring.Counters;

/// <summary>Takes the loops' own count of their kernel entries. Calls of the runtime and of other threads are not in it.</summary>
internal sealed class LoopTrapCounter(string whyNotAnother) : ITrapCounter
{
    public string Name => $"the loops' own counters ({whyNotAnother})";

    public TrapFigure Count(ServerProcess server, Func<long> requests, TimeSpan window)
    {
        long requestsBefore = requests();
        ServerStats before = server.Stats();
        Thread.Sleep(window);
        ServerStats after = server.Stats();
        long served = requests() - requestsBefore;
        return before.LoopTraps is { } first && after.LoopTraps is { } last && served > 0
            ? new TrapFigure((double)(last - first) / served, Name)
            : TrapFigure.Missing($"{whyNotAnother}; the server has no counter of its own");
    }
}
