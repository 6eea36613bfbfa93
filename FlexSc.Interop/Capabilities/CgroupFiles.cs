namespace FlexSc.Interop.Capabilities;

/// <summary>The files of the process's control groups that bound its CPU time, read again and again. One thread at a time.</summary>
internal sealed class CgroupFiles
{
    private const string VersionOne = "v1";
    private const string VersionTwo = "v2";

    /// <summary>For each folder of version 2, and of the controller of version 1: whether it has the files, and the cores' worth they leave.</summary>
    private readonly Func<(bool Found, double? Cores)>[] _limits;
    private readonly Func<(bool Found, double? Cores)>[] _limitsOfVersionOne;

    /// <summary>From the group itself to the root, which contains the cores of all below it.</summary>
    private readonly RepeatedFile<IReadOnlyList<int>?>[] _cpus;
    private readonly RepeatedFile<(long Periods, long Throttled)?>[] _counts;

    public CgroupFiles(HostFiles files, CgroupFolders folders)
    {
        _limits = [.. (folders.Unified ?? []).Select(folder => MaximumOf(files, folder))];
        _limitsOfVersionOne = [.. (folders.Cpu ?? []).Select(folder => QuotaOf(files, folder))];
        _cpus =
        [
            .. (folders.Unified ?? []).Reverse().Select(folder => files.Repeated($"{folder}/cpuset.cpus.effective", HostFiles.ParseCpus)),
            .. (folders.CpuSet ?? []).Reverse().Select(folder => files.Repeated($"{folder}/cpuset.effective_cpus", HostFiles.ParseCpus)),
        ];

        // Both hierarchies have the file with these counts; whoever has the controller has periods in it.
        _counts = [.. (folders.Unified ?? []).Concat(folders.Cpu ?? []).Select(
            folder => files.Repeated($"{folder}/cpu.stat", CgroupThrottling.ParseCounts, "nr_"))];
    }

    /// <summary>The cores of the group; null where no file names them.</summary>
    public IReadOnlyList<int>? ReadCpus()
    {
        foreach (RepeatedFile<IReadOnlyList<int>?> file in _cpus)
        {
            // A group whose parent does not delegate the controller has no file: its parent's holds.
            if (file.Read() is { } cpus)
            {
                return cpus;
            }
        }

        return null;
    }

    /// <summary>The quota; null where no hierarchy has the controller.</summary>
    /// <param name="before">What it was; answered again where it is the same.</param>
    public CgroupCpuQuota? ReadQuota(CgroupCpuQuota? before) =>
        Smallest(VersionTwo, _limits, before) ?? Smallest(VersionOne, _limitsOfVersionOne, before);

    /// <summary>The counts of each group that has a quota, from the outermost.</summary>
    /// <param name="levels">Gets them.</param>
    public void ReadCounts(List<(long Periods, long Throttled)> levels)
    {
        levels.Clear();
        foreach (RepeatedFile<(long Periods, long Throttled)?> file in _counts)
        {
            if (file.Read() is { } level)
            {
                levels.Add(level);
            }
        }
    }

    /// <summary>A limit holds for everything below it, so that the smallest on the way to the root counts. Null when no folder has the files.</summary>
    private static CgroupCpuQuota? Smallest(string hierarchy, Func<(bool Found, double? Cores)>[] limits, CgroupCpuQuota? before)
    {
        bool anyFound = false;
        double? smallest = null;
        foreach (Func<(bool Found, double? Cores)> read in limits)
        {
            (bool found, double? cores) = read();
            anyFound |= found;
            smallest = cores is null || smallest < cores ? smallest : cores;
        }

        return !anyFound ? null
            : before?.Hierarchy == hierarchy && before.Cores == smallest ? before
            : new CgroupCpuQuota(hierarchy, smallest);
    }

    private static Func<(bool Found, double? Cores)> MaximumOf(HostFiles files, string folder) =>
        files.Repeated($"{folder}/cpu.max", CgroupCpuQuota.ParseMaximum).Read;

    private static Func<(bool Found, double? Cores)> QuotaOf(HostFiles files, string folder)
    {
        RepeatedFile<string?> quota = files.Repeated($"{folder}/cpu.cfs_quota_us", static text => text);
        RepeatedFile<string?> period = files.Repeated($"{folder}/cpu.cfs_period_us", static text => text);
        return () => quota.Read() is { } most && period.Read() is { } length ? (true, CgroupCpuQuota.Divide(most, length)) : (false, null);
    }
}
