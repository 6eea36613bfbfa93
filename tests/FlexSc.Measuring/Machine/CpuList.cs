using System.Globalization;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Measuring.Machine;

/// <summary>The cores this process may use, and the pinning of its own threads.</summary>
internal static class CpuList
{
    /// <summary>Cores of the affinity mask, ascending.</summary>
    public static IReadOnlyList<int> Usable()
    {
        const string Field = "Cpus_allowed_list:";
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith(Field, StringComparison.Ordinal));
        return Parse(line[Field.Length..]);
    }

    /// <summary>Reads the kernel's list form, as in <c>0,2-3</c>.</summary>
    public static IReadOnlyList<int> Parse(string text)
    {
        List<int> cpus = [];
        foreach (string part in text.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = part.Split('-');
            int first = int.Parse(ends[0], CultureInfo.InvariantCulture);
            int last = int.Parse(ends[^1], CultureInfo.InvariantCulture);
            cpus.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return cpus;
    }

    /// <summary>Keeps every thread of this process on one core; threads that start later inherit it.</summary>
    public static unsafe void PinThisProcess(int cpu)
    {
        cpu_set_t set = default;
        LibC.CPU_SET(cpu, &set);
        foreach (string directory in Directory.EnumerateDirectories("/proc/self/task"))
        {
            int threadId = int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture);
            if (LibC.sched_setaffinity(threadId, sizeof(cpu_set_t), &set) != 0 && Marshal.GetLastPInvokeError() != LibC.ESRCH)
            {
                throw new MeasurementException($"sched_setaffinity of thread {threadId} to core {cpu} failed: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }
}
