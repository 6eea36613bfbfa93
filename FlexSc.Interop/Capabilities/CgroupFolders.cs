namespace FlexSc.Interop.Capabilities;

/// <summary>
/// The folders of the process's control group, from the hierarchy's root down to its own: a limit in any of them holds. See cgroups(7).
/// </summary>
internal static class CgroupFolders
{
    /// <summary>Of version 2; null where it is not mounted.</summary>
    public static IReadOnlyList<string>? OfUnified(HostFiles files)
    {
        const string unified = "";
        return Of(files, "cgroup2", unified);
    }

    /// <summary>Of a controller of version 1; null where it is not mounted.</summary>
    public static IReadOnlyList<string>? OfController(HostFiles files, string controller) => Of(files, "cgroup", controller);

    private static IReadOnlyList<string>? Of(HostFiles files, string fileSystem, string controller)
    {
        if (Find(files, fileSystem, controller) is not (string mount, string group))
        {
            return null;
        }

        string[] parts = group.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return [.. Enumerable.Range(0, parts.Length + 1).Select(depth => string.Join('/', [mount, .. parts[..depth]]))];
    }

    /// <summary>Where the hierarchy is mounted, and the group of this process below that.</summary>
    private static (string Mount, string Group)? Find(HostFiles files, string fileSystem, string controller)
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
