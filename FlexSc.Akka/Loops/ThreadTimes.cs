using System.Globalization;
using System.Text;
using FlexSc.Interop.Linux;

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
    private const byte Ready = (byte)'R';

    /// <summary>Where the kernel counts what <see cref="SchedulerStatistics"/> says.</summary>
    internal static ReadOnlySpan<byte> SchedulerFile => "schedstat"u8;

    /// <summary>Both files are of one line: 52 fields at the most, of 20 digits each, and a name.</summary>
    private const int MostBytes = 2048;

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
        // A watchdog reads them several times a second for as long as the process lives, so nothing of it is left to the collector.
        (double run, double wait) = ReadSchedulerStatistics(threadId);
        Span<byte> buffer = stackalloc byte[MostBytes];
        ReadOnlySpan<byte> text = ReadTask(threadId, "stat"u8, buffer);
        ReadOnlySpan<byte> fields = text[Math.Min(text.LastIndexOf((byte)')') + 2, text.Length)..];
        return Field(fields, CpuField).Length > 0
            ? new ThreadTimes(run, wait, Number(Field(fields, UserField)), Number(Field(fields, SystemField)), (int)Number(Field(fields, CpuField)))
            {
                IsReady = Field(fields, StateField) is [Ready],
            }
            : new ThreadTimes(run, wait, 0, 0, null);
    }

    /// <summary>Time that the threads of a name ran together, in seconds; kernel threads of this process among them.</summary>
    /// <param name="name">Beginning of the name, 15 letters of which the kernel keeps.</param>
    /// <returns>Null where there is none.</returns>
    public static double? RunSecondsOf(string name)
    {
        double? seconds = null;
        byte[] begin = Encoding.UTF8.GetBytes(name);
        byte[] buffer = new byte[MostBytes];
        foreach (string folder in Directory.EnumerateDirectories("/proc/self/task"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int threadId)
                && ReadTask(threadId, "comm"u8, buffer).StartsWith(begin))
            {
                seconds = (seconds ?? 0) + ReadSchedulerStatistics(threadId).Run;
            }
        }

        return seconds;
    }

    /// <summary>Time for which a thread was ready to run and had no core; zero when it has ended.</summary>
    public static TimeSpan ReadyTimeOf(int threadId) => TimeSpan.FromSeconds(ReadSchedulerStatistics(threadId).Wait);

    private static (double Run, double Wait) ReadSchedulerStatistics(int threadId)
    {
        Span<byte> buffer = stackalloc byte[MostBytes];
        return SchedulerStatistics(ReadTask(threadId, SchedulerFile, buffer));
    }

    /// <summary>Seconds for which a thread ran, and was ready to and had no core, as its file schedstat says; zeros where it is empty.</summary>
    internal static (double Run, double Wait) SchedulerStatistics(ReadOnlySpan<byte> text) =>
        (Number(Field(text, 0)) / NanosecondsPerSecond, Number(Field(text, 1)) / NanosecondsPerSecond);

    /// <summary>Empty when the thread has ended.</summary>
    private static ReadOnlySpan<byte> ReadTask(int threadId, ReadOnlySpan<byte> name, Span<byte> buffer)
    {
        using TaskFile? file = TaskFile.TryOpen(threadId, name);
        return file is null ? [] : file.Read(buffer);
    }

    /// <summary>Empty where there are not so many.</summary>
    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> text, int index)
    {
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != (byte)' ')
            {
                continue;
            }

            if (index-- == 0)
            {
                return text[start..i];
            }

            start = i + 1;
        }

        return [];
    }

    /// <summary>Of the digits that a text begins with: of all others 0.</summary>
    private static double Number(ReadOnlySpan<byte> text)
    {
        ulong number = 0;
        for (int i = 0; i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            number = (number * 10) + text[i] - '0';
        }

        return number;
    }
}
