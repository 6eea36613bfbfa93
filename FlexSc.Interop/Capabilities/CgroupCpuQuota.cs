using System.Globalization;

namespace FlexSc.Interop.Capabilities;

/// <summary>CPU time that the process's control group may use, see cgroups(7).</summary>
/// <param name="Hierarchy">"v1" or "v2".</param>
/// <param name="Cores">Cores' worth of CPU time, as in 1.5; null for no limit.</param>
public sealed record CgroupCpuQuota(string Hierarchy, double? Cores)
{
    /// <summary>Reads the quota of this process; null when no hierarchy with a CPU controller is mounted.</summary>
    internal static CgroupCpuQuota? Read(HostFiles files) => new CpuAllowanceReader(files).Allowance.Quota;

    /// <summary>Text of cpu.max: "max 100000" or "150000 100000". The root group has no such file.</summary>
    internal static (bool Found, double? Cores) ParseMaximum(string? text)
    {
        string[] values = text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return values.Length == 2 ? (true, Divide(values[0], values[1])) : (false, null);
    }

    /// <summary>As in cpu.cfs_quota_us, -1 for no limit, and cpu.cfs_period_us.</summary>
    internal static double? Divide(string quota, string period) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out long quotaMicroseconds)
        && long.TryParse(period, CultureInfo.InvariantCulture, out long periodMicroseconds)
        && quotaMicroseconds > 0 && periodMicroseconds > 0
            ? (double)quotaMicroseconds / periodMicroseconds
            : null;
}
