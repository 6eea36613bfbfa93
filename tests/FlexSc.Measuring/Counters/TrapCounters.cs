using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Counters;

/// <summary>The best counter that works on this machine.</summary>
internal static class TrapCounters
{
    public static ITrapCounter Choose()
    {
        try
        {
            _ = Packages.Require("perf");
        }
        catch (MeasurementException)
        {
            // The reason is told by the counter that needs it.
        }

        ITrapCounter? counter = PerfTrapCounter.TryCreate(out string noPerf);
        if (counter is not null)
        {
            return counter;
        }

        counter = StraceTrapCounter.TryCreate(out string noStrace);
        return counter ?? new LoopTrapCounter($"{noPerf}; {noStrace}");
    }
}
