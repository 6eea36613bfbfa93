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

    private static CgroupCpuQuota? ReadVersionTwo(HostFiles files)
    {
        const string unified = "";
        return FindGroup(files, "cgroup2", unified) is (string mount, string group)
            ? Smallest(VersionTwo, mount, group, folder => ReadMaximum(files, folder))
            : null;
    }

    private static CgroupCpuQuota? ReadVersionOne(HostFiles files) =>
        FindGroup(files, "cgroup", "cpu") is (string mount, string group)
            ? Smallest(VersionOne, mount, group, folder => ReadQuotaAndPeriod(files, folder))
            : null;

    /// <summary>A limit holds for everything below it, so that the smallest on the way to the root counts. Null when no folder has the files.</summary>
    private static CgroupCpuQuota? Smallest(string hierarchy, string mount, string group, Func<string, (bool Found, double? Cores)> read)
    {
        bool anyFound = false;
        double? smallest = null;
        string[] parts = group.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int depth = 0; depth <= parts.Length; depth++)
        {
            (bool found, double? cores) = read(string.Join('/', [mount, .. parts[..depth]]));
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

    /// <summary>Where the hierarchy is mounted, and the group of this process below that.</summary>
    private static (string Mount, string Group)? FindGroup(HostFiles files, string fileSystem, string controller)
    {
        string? group = null;
        foreach (string line in files.Lines("proc/self/cgroup"))
        {
            // "4:cpu,cpuacct:/path" in version 1, "0::/path" in version 2.
            string[] parts = line.Split(':', 3);
            if (parts.Length == 3 && parts[1].Split(',').Contains(controller))
            {
                group = parts[2];
            }
        }

        if (group is null)
        {
            return null;
        }

        foreach (string line in files.Lines("proc/self/mountinfo"))
        {
            // "… root mountpoint options [optional…] - type source superoptions", see proc(5).
            string[] halves = line.Split(" - ", 2);
            string[] left = halves[0].Split(' ');
            string[] right = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (left.Length >= 5 && right.Length >= 3 && right[0] == fileSystem && (controller.Length == 0 || right[2].Split(',').Contains(controller)))
            {
                return (left[4].TrimEnd('/'), Below(left[3], group));
            }
        }

        return null;
    }

    /// <summary>The group relative to what is mounted: a container sees a mount whose root is its own group.</summary>
    private static string Below(string mountRoot, string group)
    {
        string root = mountRoot.TrimEnd('/');
        bool inside = group == root || group.StartsWith(root + "/", StringComparison.Ordinal);

        // A group outside of the mount, as a cgroup namespace shows it with "/..", cannot be read from here.
        return inside ? group[root.Length..] : "";
    }
}
