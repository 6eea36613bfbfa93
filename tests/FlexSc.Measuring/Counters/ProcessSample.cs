using System.Globalization;

namespace FlexSc.Measuring.Counters;

/// <summary>Counters of one process at one moment, from proc(5).</summary>
/// <param name="CpuNs">User and system time.</param>
/// <param name="UserTicks">User time in clock ticks of 10 ms.</param>
/// <param name="SystemTicks">System time in clock ticks of 10 ms.</param>
/// <param name="ContextSwitches">Voluntary and involuntary, of the threads alive.</param>
/// <param name="CompileNs">Time of the thread on which .NET compiles hot methods once more; 0 when there is none.</param>
internal sealed record ProcessSample(long CpuNs, long UserTicks, long SystemTicks, long ContextSwitches, long CompileNs)
{
    // ".NET Tiered Compilation Worker", of which the kernel keeps 15 characters.
    private const string CompileThread = ".NET Tiered Com";

    private const int UserTimeField = 14;
    private const int SystemTimeField = 15;

    /// <exception cref="MeasurementException">The process has ended.</exception>
    public static ProcessSample Of(int processId)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{processId}/stat");

            // The name, field 2, is in parentheses and may hold blanks: field 3 begins after the last of them.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            (long contextSwitches, long compileNs) = ThreadsOf(processId);
            return new ProcessSample(
                CpuClock.Nanoseconds(processId),
                long.Parse(fields[UserTimeField - 3], CultureInfo.InvariantCulture),
                long.Parse(fields[SystemTimeField - 3], CultureInfo.InvariantCulture),
                contextSwitches,
                compileNs);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeasurementException($"process {processId} has ended");
        }
    }

    /// <summary>Resident memory in bytes, pages shared with other processes included.</summary>
    public static long ResidentBytes(int processId) =>
        FieldOf(File.ReadLines($"/proc/{processId}/status"), "VmRSS:") * 1024;

    private static (long ContextSwitches, long CompileNs) ThreadsOf(int processId)
    {
        long contextSwitches = 0;
        long compileNs = 0;
        foreach (string directory in Directory.EnumerateDirectories($"/proc/{processId}/task"))
        {
            try
            {
                string[] lines = File.ReadAllLines(Path.Combine(directory, "status"));
                contextSwitches += FieldOf(lines, "voluntary_ctxt_switches:") + FieldOf(lines, "nonvoluntary_ctxt_switches:");
                if (lines[0].EndsWith(CompileThread, StringComparison.Ordinal))
                {
                    // The first figure is the time on a core in ns; see the kernel's sched-stats.rst.
                    string schedule = File.ReadAllText(Path.Combine(directory, "schedstat"));
                    compileNs += long.Parse(schedule.Split(' ')[0], CultureInfo.InvariantCulture);
                }
            }
            catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
            {
                // The thread ended meanwhile; what it counted is gone with it.
            }
            catch (IOException failure) when (failure.HResult == Tmds.Linux.LibC.ESRCH)
            {
                // The same, noticed by the read instead of the open.
            }
        }

        return (contextSwitches, compileNs);
    }

    private static long FieldOf(IEnumerable<string> lines, string name)
    {
        string line = lines.First(text => text.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture);
    }
}
