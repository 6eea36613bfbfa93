using System.Globalization;

namespace FlexSc.Akka.Tests.Connections;

/// <summary>Memory in use at a moment, in bytes.</summary>
/// <param name="Managed">What is alive of the process's managed heap.</param>
/// <param name="Process">Memory of the process that is its own: RssAnon of proc_pid_status(5).</param>
/// <param name="Kernel">The kernel's own of the whole machine: Slab of proc_meminfo(5), and others' along.</param>
internal readonly record struct MemoryInUse(long Managed, long Process, long Kernel)
{
    private const long BytesPerKilobyte = 1024;

    /// <summary>Collects what is no more in use, and gives it back to the system, before it looks.</summary>
    public static MemoryInUse Read()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return new MemoryInUse(GC.GetTotalMemory(forceFullCollection: false), Line("/proc/self/status", "RssAnon:"), Line("/proc/meminfo", "Slab:"));
    }

    /// <summary>What each of so many takes of the difference.</summary>
    public MemoryInUse PerOne(MemoryInUse before, int count) =>
        new((Managed - before.Managed) / count, (Process - before.Process) / count, (Kernel - before.Kernel) / count);

    private static long Line(string file, string name)
    {
        string line = File.ReadLines(file).First(line => line.StartsWith(name, StringComparison.Ordinal));
        string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(fields[1], CultureInfo.InvariantCulture) * BytesPerKilobyte;
    }
}
