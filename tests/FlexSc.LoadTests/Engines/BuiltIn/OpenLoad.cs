using System.Collections.Concurrent;
using System.Diagnostics;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Engines.BuiltIn;

/// <summary>
/// The open model: iterations start when the profile says, whether or not earlier ones have ended. One that starts late, because the
/// generator or the bound on iterations under way held it up, is still counted from the time it was due.
/// </summary>
internal sealed class OpenLoad(LoadProfile profile, IWorkload workload, RunMeasurements measurements, int maxInFlight)
{
    /// <summary>What a run may take beyond its profile to start what is due. What is left then counts as failed.</summary>
    private static readonly TimeSpan Overtime = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FullPoll = TimeSpan.FromMilliseconds(1);

    // Until then the bound on iterations under way held the generator up; only what comes later is its own lag.
    private long _heldUntil;

    /// <summary>Starts all iterations, from a thread of its own, and waits for their ends.</summary>
    public async Task RunAsync(long start, CancellationToken stop)
    {
        ConcurrentDictionary<Task, byte> running = new();
        await Task.Factory.StartNew(
            () => StartAll(start, running, stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        await Task.WhenAll(running.Keys).ConfigureAwait(false);
    }

    private void StartAll(long start, ConcurrentDictionary<Task, byte> running, CancellationToken stop)
    {
        foreach (TimeSpan arrival in profile.Arrivals())
        {
            long due = start + (long)(arrival.TotalSeconds * Stopwatch.Frequency);
            if (!WaitFor(due, start, stop))
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }

                measurements.RecordNotStarted($"{maxInFlight} iterations were under way and the run's time was over");
                continue;
            }

            long now = Stopwatch.GetTimestamp();
            measurements.RecordPacing(Stopwatch.GetElapsedTime(due, now), Stopwatch.GetElapsedTime(Math.Max(due, _heldUntil), now));
            Task iteration = measurements.IterateAsync(workload, due);
            if (iteration.IsCompletedSuccessfully)
            {
                continue;
            }

            // A defect of the workload stays in the set, so that waiting for all reports it.
            running.TryAdd(iteration, 0);
            _ = iteration.ContinueWith(
                static (ended, set) =>
                {
                    if (ended.IsCompletedSuccessfully)
                    {
                        ((ConcurrentDictionary<Task, byte>)set!).TryRemove(ended, out _);
                    }
                },
                running, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Waits until the time has come and there is room.</summary>
    /// <returns>False when the run is over or stopped.</returns>
    private bool WaitFor(long due, long start, CancellationToken stop)
    {
        while (Stopwatch.GetTimestamp() < due)
        {
            Pacer.SleepTowards(due);
            if (stop.IsCancellationRequested)
            {
                return false;
            }
        }

        while (measurements.InFlight >= maxInFlight)
        {
            if (stop.IsCancellationRequested || Stopwatch.GetElapsedTime(start) > profile.Duration + Overtime)
            {
                return false;
            }

            Pacer.SleepTowards(Stopwatch.GetTimestamp() + (long)(FullPoll.TotalSeconds * Stopwatch.Frequency));
            _heldUntil = Stopwatch.GetTimestamp();
        }

        return !stop.IsCancellationRequested;
    }
}
