using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Interop.Linux;

/// <summary>Pins threads to cores, see sched_setaffinity(2).</summary>
internal static unsafe class ThreadAffinity
{
    /// <summary>Bits of the mask that is passed; glibc's cpu_set_t has as many.</summary>
    public const int MaxCpus = 1024;

    /// <summary>Pins the calling thread. Thread id 0 means the caller.</summary>
    /// <exception cref="LinuxException">The core does not exist or the process may not run on it.</exception>
    public static void PinCurrentThread(int cpu)
    {
        const int bitsPerWord = 64;
        if (cpu >= MaxCpus)
        {
            throw new LinuxException(Errno.Invalid, "sched_setaffinity", $"core {cpu}", $"name a core below {MaxCpus}");
        }

        ulong* mask = stackalloc ulong[MaxCpus / bitsPerWord];
        new Span<ulong>(mask, MaxCpus / bitsPerWord).Clear();
        mask[cpu / bitsPerWord] = 1UL << (cpu % bitsPerWord);
        if (LibC.sched_setaffinity(0, MaxCpus / 8, (cpu_set_t*)mask) != 0)
        {
            throw new LinuxException(
                Marshal.GetLastPInvokeError(), "sched_setaffinity", $"core {cpu}",
                "name a core the process may run on: taskset -cp $$ and the container's cpuset list them");
        }
    }
}
