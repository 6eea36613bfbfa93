using System.Globalization;

namespace FlexSc.Interop.Capabilities;

/// <summary>
/// The cores of the machine, what they share, and which of them this process may use. A core here is what the kernel numbers and
/// schedules on: a hardware thread. What /sys does not tell is taken as not shared, so an unknown machine is one of single cores.
/// </summary>
/// <param name="Cores">Those online, by ascending number.</param>
/// <param name="Allowance">What the process may use of them, when this was read.</param>
public sealed record CpuTopology(IReadOnlyList<CpuCore> Cores, CpuAllowance Allowance)
{
    private const string CpuFolder = "sys/devices/system/cpu";
    private const string NodeFolder = "sys/devices/system/node";

    /// <summary>The cores that the process may use.</summary>
    public IEnumerable<CpuCore> AllowedCores => Cores.Where(core => Allowance.Cpus.Contains(core.Number));

    /// <summary>Reads the machine: some 20 small files a core. From any thread.</summary>
    public static CpuTopology Read() => Read(HostFiles.Host);

    /// <summary>
    /// As <see cref="Read()"/>, with /proc and /sys below another folder: a container's, or a description of another machine.
    /// </summary>
    /// <param name="rootFolder">What stands for <c>/</c>.</param>
    public static CpuTopology Read(string rootFolder) => Read(new HostFiles(rootFolder));

    internal static CpuTopology Read(HostFiles files)
    {
        CpuAllowance allowance = CpuAllowance.Read(files);
        IReadOnlyList<int> online = files.ReadCpus($"{CpuFolder}/online") ?? allowance.Cpus;
        IReadOnlyList<int> isolated = files.ReadCpus($"{CpuFolder}/isolated") ?? [];
        Dictionary<int, int> nodes = NodesOf(files);
        return new CpuTopology(
            [.. online.Order().Select(cpu => new CpuCore(
                cpu,
                Math.Max(0, files.ReadNumber($"{CpuFolder}/cpu{cpu}/topology/physical_package_id") ?? 0),
                nodes.GetValueOrDefault(cpu),
                SiblingsOf(files, cpu),
                CachesOf(files, cpu),
                isolated.Contains(cpu)))],
            allowance);
    }

    /// <summary>core_cpus_list is the name since Linux 5.6.</summary>
    private static IReadOnlyList<int> SiblingsOf(HostFiles files, int cpu) =>
        files.ReadCpus($"{CpuFolder}/cpu{cpu}/topology/core_cpus_list")
        ?? files.ReadCpus($"{CpuFolder}/cpu{cpu}/topology/thread_siblings_list")
        ?? [cpu];

    private static Dictionary<int, int> NodesOf(HostFiles files)
    {
        Dictionary<int, int> nodes = [];
        foreach (int node in files.ReadCpus($"{NodeFolder}/online") ?? [])
        {
            foreach (int cpu in files.ReadCpus($"{NodeFolder}/node{node}/cpulist") ?? [])
            {
                nodes[cpu] = node;
            }
        }

        return nodes;
    }

    private static List<CpuCache> CachesOf(HostFiles files, int cpu)
    {
        List<CpuCache> caches = [];
        for (int index = 0; ; index++)
        {
            string folder = $"{CpuFolder}/cpu{cpu}/cache/index{index}";
            if (files.ReadNumber($"{folder}/level") is not int level)
            {
                return caches;
            }

            caches.Add(new CpuCache(
                level, files.Read($"{folder}/type")?.Trim() ?? "", BytesOf(files.Read($"{folder}/size")), files.ReadCpus($"{folder}/shared_cpu_list") ?? [cpu]));
        }
    }

    /// <summary>The kernel writes 512K, and 32768K for 32 MiB; null when it knows no size.</summary>
    private static long? BytesOf(string? text) =>
        text?.Trim() is [.. string digits, 'K'] && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes)
            ? kibibytes * 1024
            : null;
}

/// <summary>One hardware thread.</summary>
/// <param name="Number">As the kernel numbers it.</param>
/// <param name="Package">Socket it is in.</param>
/// <param name="Node">NUMA node whose memory is nearest to it.</param>
/// <param name="Siblings">Hardware threads of its physical core, itself among them: more than one with SMT.</param>
/// <param name="Caches">Its caches, from the nearest.</param>
/// <param name="IsIsolated">The scheduler puts nothing on it by itself (<c>isolcpus</c>): only what is pinned there runs there.</param>
public sealed record CpuCore(
    int Number, int Package, int Node, IReadOnlyList<int> Siblings, IReadOnlyList<CpuCache> Caches, bool IsIsolated = false)
{
    /// <summary>The first of its siblings, which names its physical core.</summary>
    public int PhysicalCore => Siblings.Count > 0 ? Siblings.Min() : Number;

    /// <summary>The cores that share its largest cache: near enough to pass cache lines cheaply. Itself alone when unknown.</summary>
    public IReadOnlyList<int> Neighbours => Caches.MaxBy(static cache => cache.Level)?.SharedBy ?? [Number];
}

/// <summary>A cache of a core.</summary>
/// <param name="Level">1 is the nearest.</param>
/// <param name="Kind">As the kernel says: Data, Instruction or Unified.</param>
/// <param name="Bytes">Its size; null where the kernel knows none.</param>
/// <param name="SharedBy">Numbers of the cores that share it.</param>
public sealed record CpuCache(int Level, string Kind, long? Bytes, IReadOnlyList<int> SharedBy);
