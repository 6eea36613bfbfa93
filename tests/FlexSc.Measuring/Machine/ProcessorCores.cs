using System.Globalization;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Measuring.Machine;

/// <summary>The cores this process may use, and the pinning of its own threads.</summary>
internal static class ProcessorCores
{
    /// <summary>Cores of the affinity mask, ascending.</summary>
    public static IReadOnlyList<int> Usable()
    {
        const string Field = "Cpus_allowed_list:";
        string line = File.ReadLines("/proc/self/status").First(text => text.StartsWith(Field, StringComparison.Ordinal));
        return Read(line[Field.Length..]);
    }

    /// <summary>Cores that the machine has in use, whether this process may use them or not.</summary>
    public static IReadOnlyList<int> Online() => Read(File.ReadAllText("/sys/devices/system/cpu/online"));

    /// <summary>The cores that this process had before it pinned itself, and that a child inherits no more; null when it has not.</summary>
    public static IReadOnlyList<int>? BeforePinning { get; private set; }

    /// <summary>Keeps every thread of this process on one core; threads that start later inherit it.</summary>
    public static unsafe void PinThisProcess(int cpu)
    {
        BeforePinning ??= Usable();
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

    private static IReadOnlyList<int> Read(string text) => CpuList.TryParse(text, out IReadOnlyList<int> cpus, out string? mistake)
        ? cpus
        : throw new MeasurementException($"the kernel's list of cores {mistake}");
}
