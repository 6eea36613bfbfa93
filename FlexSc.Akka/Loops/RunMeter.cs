using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Says what a run of a mailbox took of its loop: what it computed, and what it waited with its thread asleep. Time for which the thread was
/// ready and had no core is neither. On the thread that runs it.
/// </summary>
internal sealed class RunMeter : IDisposable
{
    /// <summary>Three numbers of 20 digits each at the most, and what separates them.</summary>
    private const int MostBytes = 64;

    /// <summary>Null before it is needed, and where the kernel counts no such thing (CONFIG_SCHED_INFO) or no descriptor was left.</summary>
    private TaskFile? _statistics;
    private bool _isOpened;

    /// <summary>What the thread has used and lacked so far: some 2 us.</summary>
    public Reading Read() => new(ThreadUsage.OfCurrentThread(), ReadyTime());

    /// <summary>What a run took.</summary>
    /// <param name="before">As it began.</param>
    /// <param name="elapsed">For how long it went on, without what the collector had the process stopped for.</param>
    public Taken Take(Reading before, TimeSpan elapsed)
    {
        Reading after = Read();
        TimeSpan computed = after.Usage.CpuTime - before.Usage.CpuTime;
        TimeSpan asleep = elapsed - computed - (after.Ready - before.Ready);
        return new Taken(computed, after.Usage.Waits > before.Usage.Waits && asleep > TimeSpan.Zero ? asleep : TimeSpan.Zero);
    }

    public void Dispose() => _statistics?.Dispose();

    private TimeSpan ReadyTime()
    {
        if (!_isOpened)
        {
            // Without it a core that others took looks like a wait, as long as there was a wait besides.
            _isOpened = true;
            _statistics = TaskFile.TryOpen(ThreadTimes.SchedulerFile);
        }

        Span<byte> buffer = stackalloc byte[MostBytes];
        return _statistics is null ? TimeSpan.Zero : TimeSpan.FromSeconds(ThreadTimes.SchedulerStatistics(_statistics.Read(buffer)).Wait);
    }

    /// <summary>See <see cref="RunMeter.Read"/>.</summary>
    /// <param name="Usage">What it used.</param>
    /// <param name="Ready">For how long it was ready and had no core.</param>
    internal readonly record struct Reading(ThreadUsage Usage, TimeSpan Ready);

    /// <summary>What a run took of its loop.</summary>
    /// <param name="Computed">Time that it ran.</param>
    /// <param name="Waited">Time that its thread slept.</param>
    internal readonly record struct Taken(TimeSpan Computed, TimeSpan Waited)
    {
        public TimeSpan Both => Computed + Waited;
    }
}
