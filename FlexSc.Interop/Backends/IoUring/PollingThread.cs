using System.Globalization;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>The kernel thread that polls a ring, as /proc/self/fdinfo tells of it. From any thread.</summary>
internal static class PollingThread
{
    /// <summary>Null when the descriptor is no polled ring of this process any more.</summary>
    public static SyscallCoreUse? Read(int ring)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines($"/proc/self/fdinfo/{ring}");
        }
        catch (IOException)
        {
            return null;
        }

        if (Number(lines, "SqThread") is not (> 0 and long thread))
        {
            return null;
        }

        // Since Linux 6.9; before, the thread's own time, in which looking for work in vain is included.
        TimeSpan work = Number(lines, "SqWorkTime") is long microseconds
            ? TimeSpan.FromMicroseconds(microseconds)
            : ThreadRunTime.Of((int)thread);
        return new SyscallCoreUse((int)(Number(lines, "SqThreadCpu") ?? -1), (int)thread, work);
    }

    private static long? Number(string[] lines, string field)
    {
        string? line = Array.Find(lines, line => line.StartsWith(field + ":", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(field.Length + 1), NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : null;
    }
}
