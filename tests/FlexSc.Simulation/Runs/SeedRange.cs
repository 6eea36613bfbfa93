using System.Diagnostics;

namespace FlexSc.Simulation.Runs;

/// <summary>What many runs came to.</summary>
internal sealed class RunSummary
{
    public SortedDictionary<string, (int Runs, int Failed, long Steps)> Programs { get; } = new(StringComparer.Ordinal);

    public int Runs => Programs.Values.Sum(program => program.Runs);

    public int Failed => Programs.Values.Sum(program => program.Failed);

    public long Steps => Programs.Values.Sum(program => program.Steps);

    /// <summary>The lowest seed that failed.</summary>
    public ulong? FirstFailed { get; private set; }

    public void Add(SimulationResult result)
    {
        (int runs, int failed, long steps) = Programs.GetValueOrDefault(result.Program);
        Programs[result.Program] = (runs + 1, failed + (result.Fault is null ? 0 : 1), steps + result.Steps);
        if (result.Fault is not null && !(FirstFailed < result.Seed))
        {
            FirstFailed = result.Seed;
        }
    }
}

/// <summary>Seeds one after the other, run on several threads. Each run has one thread and shares nothing with the others.</summary>
internal sealed record SeedRange(ulong First, int Count)
{
    /// <summary>No run begins behind so many seconds; null for no such bound.</summary>
    public int? MostSeconds { get; init; }

    /// <param name="run">Runs a seed.</param>
    /// <param name="jobs">Runs at the same time.</param>
    /// <param name="stopAtFirst">Begins no run behind one that has failed.</param>
    /// <param name="failed">Takes those that fail, in the order of their ends.</param>
    public RunSummary Run(Func<ulong, SimulationResult> run, int jobs, bool stopAtFirst, Action<SimulationResult> failed)
    {
        RunSummary summary = new();
        Lock gate = new();
        long next = 0;
        long startedAt = Stopwatch.GetTimestamp();
        Thread[] threads = new Thread[Math.Min(jobs, Count)];
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(Work) { Name = $"simulation-{i}" };
            threads[i].Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        return summary;

        void Work()
        {
            while (TryTake(out ulong seed))
            {
                SimulationResult result = run(seed);
                lock (gate)
                {
                    summary.Add(result);
                    if (result.Fault is not null)
                    {
                        failed(result);
                    }
                }
            }
        }

        bool TryTake(out ulong seed)
        {
            lock (gate)
            {
                seed = First + (ulong)next;
                return next++ < Count && !(stopAtFirst && summary.FirstFailed < seed) && !(Stopwatch.GetElapsedTime(startedAt).TotalSeconds > MostSeconds);
            }
        }
    }
}
