namespace FlexSc.Interop.Capabilities;

/// <summary>
/// The folders of the process's control groups, from each hierarchy's root down to its own: a limit in any of them holds. See cgroups(7).
/// </summary>
/// <param name="Unified">Of version 2; null where it is not mounted.</param>
/// <param name="Cpu">Of the controller <c>cpu</c> of version 1; null where it is not mounted.</param>
/// <param name="CpuSet">The same of <c>cpuset</c>.</param>
internal sealed record CgroupFolders(IReadOnlyList<string>? Unified, IReadOnlyList<string>? Cpu, IReadOnlyList<string>? CpuSet)
{
    /// <summary>No hierarchy is mounted.</summary>
    public static CgroupFolders None { get; } = new(null, null, null);

    /// <summary>Finds them.</summary>
    /// <param name="groups">Lines of <c>/proc/self/cgroup</c>.</param>
    /// <param name="mounts">Lines of <c>/proc/self/mountinfo</c>.</param>
    public static CgroupFolders Find(string[] groups, string[] mounts)
    {
        const string unified = "";
        CgroupFolders found = new(Of("cgroup2", unified), Of("cgroup", "cpu"), Of("cgroup", "cpuset"));
        return found is { Unified: null, Cpu: null, CpuSet: null } ? None : found;

        IReadOnlyList<string>? Of(string fileSystem, string controller)
        {
            if (Find(groups, mounts, fileSystem, controller) is not (string mount, string group))
            {
                return null;
            }

            string[] parts = group.Split('/', StringSplitOptions.RemoveEmptyEntries);
            return [.. Enumerable.Range(0, parts.Length + 1).Select(depth => string.Join('/', [mount, .. parts[..depth]]))];
        }
    }

    /// <summary>Where the hierarchy is mounted, and the group of this process below that.</summary>
    private static (string Mount, string Group)? Find(string[] groups, string[] mounts, string fileSystem, string controller)
    {
        string? group = null;
        foreach (string line in groups)
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

        foreach (string line in mounts)
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
