using System.Globalization;

namespace FlexSc.Interop.Linux;

/// <summary>What the kernel counts for threads.</summary>
internal static class ThreadRunTime
{
    /// <summary>How long a thread of this process has run, by the kernel's scheduler; 0 when it has ended.</summary>
    public static TimeSpan Of(int threadId)
    {
        const long nanosecondsPerTick = 100;
        try
        {
            string[] parts = File.ReadAllText($"/proc/self/task/{threadId}/schedstat").Split(' ');
            return long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long nanoseconds)
                ? TimeSpan.FromTicks(nanoseconds / nanosecondsPerTick)
                : TimeSpan.Zero;
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }

    /// <summary>What threads that execute calls on a core did so far, all together.</summary>
    /// <param name="cpu">The core.</param>
    /// <param name="threads">The kernel's numbers; the first stands for all of them.</param>
    public static SyscallCoreUse UseOf(int cpu, IReadOnlyList<int> threads) =>
        new(cpu, threads.Count > 0 ? threads[0] : 0, TimeSpan.FromTicks(threads.Sum(static thread => Of(thread).Ticks)));
}
