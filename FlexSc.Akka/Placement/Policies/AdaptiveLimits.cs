using Akka.Configuration;

namespace FlexSc.Akka.Placement.Policies;

/// <summary>
/// Thresholds of the adaptive policy: the section <c>flexsc.placement.adaptive</c>. Those for evicting actors hold where
/// <see cref="PlacementAbilities.Evictions"/> says that a policy does that; in a program the loops do, by <c>flexsc.eviction</c>.
/// </summary>
public sealed record AdaptiveLimits
{
    private const string Section = "flexsc.placement";
    private const int MaxMilliseconds = 3_600_000;

    /// <summary>
    /// How long a number of loops or of syscall cores stays before it may shrink or be tried otherwise; more loops come at once.
    /// </summary>
    public TimeSpan MinimumStay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Percent that a split has to promise beyond the one in force.</summary>
    public int MinimumGainPercent { get; init; } = 5;

    /// <summary>Percent of a core that a loop uses from which there have to be more loops.</summary>
    public int GrowAtPercent { get; init; } = 75;

    /// <summary>Percent of a core that each loop may use at the most for there to be fewer.</summary>
    public int ShrinkToPercent { get; init; } = 50;

    /// <summary>A run of this length evicts its actor.</summary>
    public TimeSpan EvictAfter { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Slow runs in one snapshot that evict their actor.</summary>
    public int EvictAfterSlowRuns { get; init; } = 5;

    /// <summary>How long an evicted actor has to be without a slow run to come back.</summary>
    public TimeSpan CleanPeriod { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Reads them out of the section <c>flexsc.placement</c>.</summary>
    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    internal static AdaptiveLimits Read(Config config)
    {
        AdaptiveLimits limits = new()
        {
            MinimumStay = Milliseconds(config, "minimum-stay-ms"),
            MinimumGainPercent = Number(config, "minimum-gain-percent", 1, 100),
            GrowAtPercent = Number(config, "grow-at-percent", 2, 100),
            ShrinkToPercent = Number(config, "shrink-to-percent", 1, 99),
        };
        return limits.ShrinkToPercent < limits.GrowAtPercent
            ? limits
            : throw new ConfigurationException(
                $"{Section}.adaptive.shrink-to-percent must be less than grow-at-percent, or loops would come and go");
    }

    private static TimeSpan Milliseconds(Config config, string key) => TimeSpan.FromMilliseconds(Number(config, key, 1, MaxMilliseconds));

    private static int Number(Config config, string key, int min, int max) => FlexScConfig.Number(config, Section, $"adaptive.{key}", min, max);
}
