using System.Globalization;
using FlexSc.Interop.Capabilities;

namespace FlexSc.Tests.Machines;

/// <summary>
/// A machine that need not be here, by its regular shape. The kernel numbers the first hardware thread of every core before the second
/// one of any, package by package.
/// </summary>
/// <param name="Packages">Sockets, each a NUMA node.</param>
/// <param name="CoresPerPackage">Physical cores of each.</param>
/// <param name="ThreadsPerCore">Hardware threads of each core: 2 with SMT.</param>
/// <param name="CoresPerCache">Physical cores that share a third-level cache.</param>
internal sealed record MachineShape(int Packages, int CoresPerPackage, int ThreadsPerCore, int CoresPerCache)
{
    private const int LargestLevel = 3;

    /// <summary>A desktop processor: four cores, eight threads, one third-level cache.</summary>
    public static MachineShape EightWithSmt { get; } = new(1, 4, 2, 4);

    /// <summary>Two sockets of 64 cores with SMT, four cores to a third-level cache, as AMD's EPYC 7742 has them.</summary>
    public static MachineShape TwoSocketsOf64 { get; } = new(2, 64, 2, 4);

    public int PhysicalCores => Packages * CoresPerPackage;

    /// <summary>What the kernel would say of it, and of a process that may use all of it.</summary>
    public CpuTopology Topology => new(
        [.. Enumerable.Range(0, PhysicalCores * ThreadsPerCore).Select(cpu => new CpuCore(
            cpu, PackageOf(cpu), PackageOf(cpu), SiblingsOf(cpu),
            [new CpuCache(1, "Data", 32 * 1024, SiblingsOf(cpu)), new CpuCache(LargestLevel, "Unified", 16 * 1024 * 1024, SharersOf(cpu))]))],
        new CpuAllowance([.. Enumerable.Range(0, PhysicalCores * ThreadsPerCore)], null));

    /// <summary>Writes the files of /sys that say so below a folder.</summary>
    public void WriteTo(string root)
    {
        CpuTopology topology = Topology;
        Write(root, "sys/devices/system/cpu/online", $"0-{topology.Cores.Count - 1}");
        Write(root, "sys/devices/system/node/online", $"0-{Packages - 1}");
        Write(root, "proc/self/status", $"Cpus_allowed_list:\t0-{topology.Cores.Count - 1}");
        foreach (CpuCore core in topology.Cores)
        {
            string folder = $"sys/devices/system/cpu/cpu{core.Number}";
            Write(root, $"{folder}/topology/core_cpus_list", string.Join(',', core.Siblings));
            Write(root, $"{folder}/topology/physical_package_id", core.Package.ToString(CultureInfo.InvariantCulture));
            for (int index = 0; index < core.Caches.Count; index++)
            {
                CpuCache cache = core.Caches[index];
                Write(root, $"{folder}/cache/index{index}/level", cache.Level.ToString(CultureInfo.InvariantCulture));
                Write(root, $"{folder}/cache/index{index}/type", cache.Kind);
                Write(root, $"{folder}/cache/index{index}/size", $"{cache.Bytes / 1024}K");
                Write(root, $"{folder}/cache/index{index}/shared_cpu_list", string.Join(',', cache.SharedBy));
            }
        }

        foreach (IGrouping<int, CpuCore> node in topology.Cores.GroupBy(static core => core.Node))
        {
            Write(root, $"sys/devices/system/node/node{node.Key}/cpulist", string.Join(',', node.Select(static core => core.Number)));
        }
    }

    private static void Write(string root, string path, string line)
    {
        string file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, line + "\n");
    }

    private int PackageOf(int cpu) => cpu % PhysicalCores / CoresPerPackage;

    private int[] SiblingsOf(int cpu) => [.. Enumerable.Range(0, ThreadsPerCore).Select(thread => (cpu % PhysicalCores) + (thread * PhysicalCores))];

    private int[] SharersOf(int cpu)
    {
        int first = cpu % PhysicalCores / CoresPerCache * CoresPerCache;
        return [.. Enumerable.Range(0, ThreadsPerCore).SelectMany(thread => Enumerable.Range(first + (thread * PhysicalCores), CoresPerCache))];
    }
}
