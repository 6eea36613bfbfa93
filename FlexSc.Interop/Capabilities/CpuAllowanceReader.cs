namespace FlexSc.Interop.Capabilities;

/// <summary>
/// Reads again and again what the process may use of the cores, and how often a quota held it back: for those who look several times a second
/// for as long as it runs. What has not changed leaves next to nothing to the collector. One thread at a time.
/// </summary>
public sealed class CpuAllowanceReader
{
    private static readonly IReadOnlyList<int> FirstCore = [0];

    private readonly HostFiles _files;
    private readonly RepeatedFile<IReadOnlyList<int>?> _mask;
    private readonly RepeatedFile<IReadOnlyList<int>?> _online;
    private readonly RepeatedFile<string[]> _groups;
    private readonly RepeatedFile<string[]> _mounts;
    private readonly List<(long Periods, long Throttled)> _levels = [];
    private string[] _groupLines = [];
    private string[] _mountLines = [];
    private CgroupFolders _folders = CgroupFolders.None;
    private CgroupFiles _limits;
    private IReadOnlyList<int>? _cpus;
    private IReadOnlyList<int>? _groupCpus;

    /// <summary>Reads for the first time.</summary>
    /// <param name="rootFolder">What stands for <c>/</c> above /proc and /sys: a container's, or a description of another machine.</param>
    public CpuAllowanceReader(string rootFolder = "/")
        : this(new HostFiles(rootFolder))
    {
    }

    internal CpuAllowanceReader(HostFiles files)
    {
        _files = files;
        _mask = files.Repeated("proc/self/status", ParseMask, "Cpus_allowed_list:");
        _online = files.Repeated("sys/devices/system/cpu/online", HostFiles.ParseCpus);
        _groups = files.Repeated("proc/self/cgroup", HostFiles.LinesOf);
        _mounts = files.Repeated("proc/self/mountinfo", HostFiles.LinesOf);
        _limits = new CgroupFiles(files, _folders);
        Allowance = new CpuAllowance([], null);
        Throttling = new CgroupThrottling([]);
        Read();
    }

    /// <summary>What the process may use; the same object as long as that is the same.</summary>
    public CpuAllowance Allowance { get; private set; }

    /// <summary>How often it was held back; the same object as long as nothing is counted.</summary>
    public CgroupThrottling Throttling { get; private set; }

    /// <summary>Reads anew: a few small files.</summary>
    public void Read()
    {
        FindGroups();
        IReadOnlyList<int> cpus = _mask.Read() ?? _online.Read() ?? FirstCore;
        IReadOnlyList<int>? groupCpus = _limits.ReadCpus();
        CgroupCpuQuota? quota = _limits.ReadQuota(Allowance.Quota);
        if (cpus != _cpus || groupCpus != _groupCpus || quota != Allowance.Quota)
        {
            (_cpus, _groupCpus) = (cpus, groupCpus);

            // The kernel cuts a thread's mask down to the group's cores when either changes, and for that moment shows the old one.
            int[] both = groupCpus is null ? [] : [.. cpus.Intersect(groupCpus)];
            Allowance = new CpuAllowance(both.Length > 0 ? both : cpus, quota);
        }

        _limits.ReadCounts(_levels);
        if (!_levels.SequenceEqual(Throttling.Levels))
        {
            Throttling = new CgroupThrottling([.. _levels]);
        }
    }

    /// <summary>Another group has other files. The table of mounts may be long; it is read for another group, and until it has the hierarchy.</summary>
    private void FindGroups()
    {
        string[] groups = _groups.Read();
        bool isOther = groups != _groupLines;
        string[] mounts = isOther || _folders == CgroupFolders.None ? _mounts.Read() : _mountLines;
        if (isOther || mounts != _mountLines)
        {
            (_groupLines, _mountLines) = (groups, mounts);
            _folders = CgroupFolders.Find(groups, mounts);
            _limits = new CgroupFiles(_files, _folders);
        }
    }

    /// <summary>Of the line of /proc/self/status, see proc_pid_status(5).</summary>
    private static IReadOnlyList<int>? ParseMask(string? line) => HostFiles.ParseCpus(line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
}
