using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Interop.Linux;

/// <summary>Which cores threads run on, see sched_setaffinity(2).</summary>
public static unsafe class ThreadAffinity
{
    /// <summary>Bits of the mask that is passed; glibc's cpu_set_t has as many.</summary>
    public const int MaxCpus = 1024;

    private const int BitsPerWord = 64;
    private const int MaskBytes = MaxCpus / 8;

    /// <summary>The cores the calling thread may run on, in ascending order.</summary>
    /// <exception cref="LinuxException">The kernel has more cores than the mask has bits.</exception>
    public static IReadOnlyList<int> AllowedCpus()
    {
        ulong* mask = stackalloc ulong[MaxCpus / BitsPerWord];
        new Span<ulong>(mask, MaxCpus / BitsPerWord).Clear();
        if (LibC.sched_getaffinity(0, MaskBytes, (cpu_set_t*)mask) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "sched_getaffinity", "the calling thread");
        }

        List<int> cpus = [];
        for (int cpu = 0; cpu < MaxCpus; cpu++)
        {
            if ((mask[cpu / BitsPerWord] & (1UL << (cpu % BitsPerWord))) != 0)
            {
                cpus.Add(cpu);
            }
        }

        return cpus;
    }

    /// <summary>Pins the calling thread. Thread id 0 means the caller.</summary>
    /// <exception cref="LinuxException">The core does not exist or the process may not run on it.</exception>
    public static void PinCurrentThread(int cpu)
    {
        if (cpu >= MaxCpus)
        {
            throw new LinuxException(Errno.Invalid, "sched_setaffinity", $"core {cpu}", $"name a core below {MaxCpus}");
        }

        ulong* mask = stackalloc ulong[MaxCpus / BitsPerWord];
        new Span<ulong>(mask, MaxCpus / BitsPerWord).Clear();
        mask[cpu / BitsPerWord] = 1UL << (cpu % BitsPerWord);
        if (LibC.sched_setaffinity(0, MaskBytes, (cpu_set_t*)mask) != 0)
        {
            throw new LinuxException(
                Marshal.GetLastPInvokeError(), "sched_setaffinity", $"core {cpu}",
                "name a core the process may run on: taskset -cp $$ and the container's cpuset list them");
        }
    }
}
