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
    private const string Remedy = "name a core the process may run on: taskset -cp $$ and the container's cpuset list them";

    /// <summary>The cores the calling thread may run on, in ascending order.</summary>
    /// <exception cref="LinuxException">The kernel has more cores than the mask has bits.</exception>
    public static IReadOnlyList<int> AllowedCpus() => AllowedCpus(0);

    /// <summary>The cores the process's main thread may run on, in ascending order: what taskset(1) sets and shows.</summary>
    /// <exception cref="LinuxException">The kernel has more cores than the mask has bits.</exception>
    public static IReadOnlyList<int> AllowedCpusOfProcess() => AllowedCpus(Environment.ProcessId);

    private static List<int> AllowedCpus(int threadId)
    {
        ulong* mask = stackalloc ulong[MaxCpus / BitsPerWord];
        Get(threadId, mask);
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

    /// <summary>Pins the calling thread.</summary>
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
        SetCurrentThread(mask, $"core {cpu}");
    }

    /// <summary>Says which cores the calling thread may run on.</summary>
    /// <param name="cpus">One core or more.</param>
    /// <exception cref="LinuxException">None of the cores may be used.</exception>
    public static void PinCurrentThread(IReadOnlyList<int> cpus)
    {
        ArgumentNullException.ThrowIfNull(cpus);
        ulong* mask = stackalloc ulong[MaxCpus / BitsPerWord];
        Fill((byte*)mask, cpus);
        SetCurrentThread(mask, $"cores {CpuList.Format(cpus)}");
    }

    /// <summary>Says which cores another thread of this process may run on, at any time.</summary>
    /// <param name="threadId">As the kernel numbers it.</param>
    /// <param name="cpus">One core or more.</param>
    /// <exception cref="LinuxException">None of the cores may be used, or there is no such thread.</exception>
    public static void Set(int threadId, IReadOnlyList<int> cpus)
    {
        ArgumentNullException.ThrowIfNull(cpus);
        ulong* mask = stackalloc ulong[MaxCpus / BitsPerWord];
        Fill((byte*)mask, cpus);
        Set(threadId, mask, $"thread {threadId} to cores {CpuList.Format(cpus)}");
    }

    /// <summary>Writes a mask of <see cref="MaxCpus"/> bits, as the kernel takes it.</summary>
    internal static void Fill(byte* mask, IReadOnlyList<int> cpus)
    {
        new Span<byte>(mask, MaskBytes).Clear();
        foreach (int cpu in cpus)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(cpu, nameof(cpus));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(cpu, MaxCpus, nameof(cpus));
            mask[cpu / 8] |= (byte)(1 << (cpu % 8));
        }
    }

    /// <summary>
    /// Tries whether a thread may be pinned to a core, by pinning the caller and undoing it, so that a wrong setting is an error
    /// of whoever made it and not of a thread that starts later.
    /// </summary>
    /// <exception cref="LinuxException">The core does not exist or the process may not run on it.</exception>
    public static void RequireUsable(int cpu)
    {
        ulong* before = stackalloc ulong[MaxCpus / BitsPerWord];
        Get(0, before);
        PinCurrentThread(cpu);
        SetCurrentThread(before, "the thread's former cores");
    }

    /// <summary>
    /// Gives the calling thread the cores of the process's main thread. A thread inherits those of its creator, which for the
    /// threads of a pinned loop would be the loop's own core.
    /// </summary>
    public static void UseCoresOfProcess()
    {
        ulong* mask = stackalloc ulong[MaxCpus / BitsPerWord];
        Get(Environment.ProcessId, mask);
        SetCurrentThread(mask, "the process's cores");
    }

    private static void Get(int threadId, ulong* mask)
    {
        new Span<ulong>(mask, MaxCpus / BitsPerWord).Clear();
        if (LibC.sched_getaffinity(threadId, MaskBytes, (cpu_set_t*)mask) < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "sched_getaffinity", $"thread {threadId}");
        }
    }

    private static void SetCurrentThread(ulong* mask, string target) => Set(0, mask, target);

    // Thread id 0 means the caller.
    private static void Set(int threadId, ulong* mask, string target)
    {
        if (LibC.sched_setaffinity(threadId, MaskBytes, (cpu_set_t*)mask) != 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "sched_setaffinity", target, Remedy);
        }
    }
}
