using System.Globalization;

namespace FlexSc.Interop.Capabilities;

/// <summary>
/// How often a quota of the process's control group, or of one above, held its threads back: counts of <c>cpu.stat</c>, see cgroups(7).
/// </summary>
/// <param name="Levels">Each group that has a quota, from the outermost: periods in which its threads ran, and those in which it was used up.</param>
public sealed record CgroupThrottling(IReadOnlyList<(long Periods, long Throttled)> Levels)
{
    /// <summary>Reads it; some small files. From any thread.</summary>
    public static CgroupThrottling Read() => Read(HostFiles.Host);

    /// <summary>As <see cref="Read()"/>, with /proc and /sys below another folder: a container's, or a description of another machine.</summary>
    /// <param name="rootFolder">What stands for <c>/</c>.</param>
    public static CgroupThrottling Read(string rootFolder) => Read(new HostFiles(rootFolder));

    /// <summary>
    /// Part of the periods since an earlier reading in which a quota was used up: 0 to 1, of the group where it is most. 0 when no period
    /// passed, no group has a quota, or groups came or went.
    /// </summary>
    /// <param name="earlier">The earlier reading.</param>
    public double Since(CgroupThrottling earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return ReferenceEquals(earlier, this) || earlier.Levels.Count != Levels.Count ? 0 : Levels.Zip(earlier.Levels, static (now, before) =>
        {
            long periods = now.Periods - before.Periods;
            return periods > 0 ? Math.Clamp((double)(now.Throttled - before.Throttled) / periods, 0, 1) : 0;
        }).DefaultIfEmpty().Max();
    }

    internal static CgroupThrottling Read(HostFiles files) => new CpuAllowanceReader(files).Throttling;

    /// <summary>Text of cpu.stat; null where it has no such counts.</summary>
    internal static (long Periods, long Throttled)? ParseCounts(string? text)
    {
        long? periods = null;
        long? throttled = null;
        foreach (string line in HostFiles.LinesOf(text))
        {
            if (line.Split(' ') is [string name, string number] && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                periods = name == "nr_periods" ? count : periods;
                throttled = name == "nr_throttled" ? count : throttled;
            }
        }

        return periods is long ran && throttled is long stopped ? (ran, stopped) : null;
    }
}
