using Akka.Configuration;

namespace FlexSc.Akka.Loops;

/// <summary>The section <c>flexsc.eviction</c>; see reference.conf for meaning and ranges.</summary>
internal sealed record EvictionSettings
{
    private const string Path = "flexsc.eviction";
    private const int MaxMilliseconds = 3_600_000;
    private const int MaxCount = 1_000_000;
    private const int MaxThreads = 10_000;

    /// <summary>Whether the loops evict actors by themselves; whoever asks for it by name is served in either case.</summary>
    public required bool IsAutomatic { get; init; }

    /// <summary>Milliseconds from which a run of a mailbox is slow.</summary>
    public required int SlowRunMs { get; init; }

    /// <summary>Milliseconds from which a run counts, by its time, that is not slow and mostly waits; 0 where none does.</summary>
    public required int WaitingRunMs { get; init; }

    /// <summary>
    /// Slow runs of actors of a class on a loop, within <see cref="WindowMs"/>, for which the one that has the last is evicted, a longer one counting
    /// as several; one is enough where another actor of the class was evicted lately.
    /// </summary>
    public required int SlowRuns { get; init; }

    /// <summary>See <see cref="SlowRuns"/>.</summary>
    public required int WindowMs { get; init; }

    /// <summary>Milliseconds without a slow run after which an actor returns to its loop; 0 when it stays away.</summary>
    public required int CleanPeriodMs { get; init; }

    /// <summary>Most actors evicted at a time.</summary>
    public required int Most { get; init; }

    /// <summary>Most threads that the pool may have at once, beyond its minimum, for evicted actors whose handlers wait; 0 for none.</summary>
    public required int WaitingThreads { get; init; }

    /// <summary>Reads the section from a system's configuration.</summary>
    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static EvictionSettings Create(Config application)
    {
        Config config = FlexScConfig.Section(application, Path);
        return new EvictionSettings
        {
            IsAutomatic = FlexScConfig.Switch(config, Path, "automatic"),
            SlowRunMs = FlexScConfig.Number(config, Path, "slow-run-ms", 1, MaxMilliseconds),
            WaitingRunMs = FlexScConfig.Number(config, Path, "waiting-run-ms", 0, MaxMilliseconds),
            SlowRuns = FlexScConfig.Number(config, Path, "slow-runs", 1, MaxCount),
            WindowMs = FlexScConfig.Number(config, Path, "window-ms", 1, MaxMilliseconds),
            CleanPeriodMs = FlexScConfig.Number(config, Path, "clean-period-ms", 0, MaxMilliseconds),
            Most = FlexScConfig.Number(config, Path, "most", 0, MaxCount),
            WaitingThreads = FlexScConfig.Number(config, Path, "waiting-threads", 0, MaxThreads),
        };
    }
}
