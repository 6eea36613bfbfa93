using System.Globalization;

namespace FlexSc.Akka.Loops;

/// <summary>
/// What the kernel counts for a thread of this process, so that the thread does nothing for it. Zero for one that has ended.
/// </summary>
/// <param name="RunSeconds">Time that it ran: proc_pid_schedstat of the kernel's documentation.</param>
/// <param name="WaitSeconds">Time that it was ready to run and had no core.</param>
/// <param name="UserTicks">Ticks of the clock in user mode: field 14 of proc_pid_stat(5).</param>
/// <param name="SystemTicks">Ticks in the kernel: field 15.</param>
/// <param name="Cpu">Core that it ran on last: field 39; null for one that has ended.</param>
internal readonly record struct ThreadTimes(double RunSeconds, double WaitSeconds, double UserTicks, double SystemTicks, int? Cpu)
{
    private const double NanosecondsPerSecond = 1e9;
    private const string Ready = "R";

    // Counted behind the thread's name, which is field 2 and may hold anything.
    private const int StateField = 3 - 3;
    private const int UserField = 14 - 3;
    private const int SystemField = 15 - 3;
    private const int CpuField = 39 - 3;

    /// <summary>Whether it runs, or is ready to and waits for a core: field 3.</summary>
    public bool IsReady { get; init; }

    /// <summary>Reads them: two small files. From any thread.</summary>
    /// <param name="threadId">The kernel's number of the thread.</param>
    public static ThreadTimes Of(int threadId)
    {
        (double run, double wait) = ReadSchedulerStatistics(threadId);
        string text = ReadTask(threadId, "stat");
        string[] fields = text[(text.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length > CpuField
            ? new ThreadTimes(run, wait, Number(fields[UserField]), Number(fields[SystemField]), (int)Number(fields[CpuField])) { IsReady = fields[StateField] == Ready }
            : new ThreadTimes(run, wait, 0, 0, null);
    }

    /// <summary>Time that the threads of a name ran together, in seconds; kernel threads of this process among them.</summary>
    /// <param name="name">Beginning of the name, 15 letters of which the kernel keeps.</param>
    /// <returns>Null where there is none.</returns>
    public static double? RunSecondsOf(string name)
    {
        double? seconds = null;
        foreach (string folder in Directory.EnumerateDirectories("/proc/self/task"))
        {
            int threadId = (int)Number(Path.GetFileName(folder));
            if (ReadTask(threadId, "comm").StartsWith(name, StringComparison.Ordinal))
            {
                seconds = (seconds ?? 0) + ReadSchedulerStatistics(threadId).Run;
            }
        }

        return seconds;
    }

    private static (double Run, double Wait) ReadSchedulerStatistics(int threadId)
    {
        string[] parts = ReadTask(threadId, "schedstat").Split(' ');
        return parts.Length >= 2 ? (Number(parts[0]) / NanosecondsPerSecond, Number(parts[1]) / NanosecondsPerSecond) : (0, 0);
    }

    /// <summary>Empty when the thread has ended.</summary>
    private static string ReadTask(int threadId, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/self/task/{threadId}/{file}");
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out double number) ? number : 0;
}
