using System.Globalization;

namespace FlexSc.Interop.Capabilities;

/// <summary>CPU time that the process's control group may use, see cgroups(7).</summary>
/// <param name="Hierarchy">"v1" or "v2".</param>
/// <param name="Cores">Cores' worth of CPU time, as in 1.5; null for no limit.</param>
public sealed record CgroupCpuQuota(string Hierarchy, double? Cores)
{
    private const string VersionOne = "v1";
    private const string VersionTwo = "v2";

    /// <summary>Reads the quota of this process; null when no hierarchy with a CPU controller is mounted.</summary>
    internal static CgroupCpuQuota? Read(HostFiles files) => ReadVersionTwo(files) ?? ReadVersionOne(files);

    private static CgroupCpuQuota? ReadVersionTwo(HostFiles files) =>
        CgroupFolders.OfUnified(files) is { } folders
            ? Smallest(VersionTwo, folders, folder => ReadMaximum(files, folder))
            : null;

    private static CgroupCpuQuota? ReadVersionOne(HostFiles files) =>
        CgroupFolders.OfController(files, "cpu") is { } folders
            ? Smallest(VersionOne, folders, folder => ReadQuotaAndPeriod(files, folder))
            : null;

    /// <summary>A limit holds for everything below it, so that the smallest on the way to the root counts. Null when no folder has the files.</summary>
    private static CgroupCpuQuota? Smallest(string hierarchy, IReadOnlyList<string> folders, Func<string, (bool Found, double? Cores)> read)
    {
        bool anyFound = false;
        double? smallest = null;
        foreach (string folder in folders)
        {
            (bool found, double? cores) = read(folder);
            anyFound |= found;
            smallest = cores is null || smallest < cores ? smallest : cores;
        }

        return anyFound ? new CgroupCpuQuota(hierarchy, smallest) : null;
    }

    /// <summary>cpu.max: "max 100000" or "150000 100000". The root group has no such file.</summary>
    private static (bool Found, double? Cores) ReadMaximum(HostFiles files, string folder)
    {
        string[] values = files.Read(folder + "/cpu.max")?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        return values.Length == 2 ? (true, Divide(values[0], values[1])) : (false, null);
    }

    /// <summary>cpu.cfs_quota_us, -1 for no limit, and cpu.cfs_period_us.</summary>
    private static (bool Found, double? Cores) ReadQuotaAndPeriod(HostFiles files, string folder)
    {
        string? quota = files.Read(folder + "/cpu.cfs_quota_us");
        string? period = files.Read(folder + "/cpu.cfs_period_us");
        return quota is null || period is null ? (false, null) : (true, Divide(quota, period));
    }

    private static double? Divide(string quota, string period) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out long quotaMicroseconds)
        && long.TryParse(period, CultureInfo.InvariantCulture, out long periodMicroseconds)
        && quotaMicroseconds > 0 && periodMicroseconds > 0
            ? (double)quotaMicroseconds / periodMicroseconds
            : null;
}
