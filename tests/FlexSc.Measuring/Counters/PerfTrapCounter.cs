using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Measuring.Counters;

/// <summary>
/// Counts by <c>perf stat -e raw_syscalls:sys_enter</c>. perf needs a moment to attach, so that its window and the server's
/// cannot be made one: the two rates are divided, each over its own time.
/// </summary>
internal sealed partial class PerfTrapCounter : ITrapCounter
{
    private const string TrapEvent = "raw_syscalls:sys_enter";
    private static readonly TimeSpan ExtraLimit = TimeSpan.FromSeconds(20);

    private readonly string _perf;

    private PerfTrapCounter(string perf)
    {
        _perf = perf;
    }

    public string Name => "perf stat -e raw_syscalls:sys_enter";

    /// <summary>Tries perf on a short program.</summary>
    /// <returns>Null when it does not work; <paramref name="reason"/> then says why.</returns>
    public static PerfTrapCounter? TryCreate(out string reason)
    {
        if (Programs.Find("perf") is not { } perf)
        {
            reason = "perf is not installed (apt-get install linux-perf)";
            return null;
        }

        ProgramResult result = Run(perf, ["--", "true"], ExtraLimit);
        bool works = result.ExitCode == 0 && TryParse(result.Error, out double traps, out _) && traps > 0;
        reason = works ? "" : $"perf cannot count system calls (it needs root and tracefs: mount -t tracefs tracefs /sys/kernel/tracing): {FirstLine(result.Error)}";
        return works ? new PerfTrapCounter(perf) : null;
    }

    public TrapFigure Count(ServerProcess server, Func<long> requests, TimeSpan window)
    {
        string[] arguments =
        [
            "-p", server.ProcessId.ToString(CultureInfo.InvariantCulture),
            "--", "sleep", window.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ];
        long before = requests();
        long start = Stopwatch.GetTimestamp();
        ProgramResult result = Run(_perf, arguments, window + ExtraLimit);
        long after = requests();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (result.ExitCode != 0 || !TryParse(result.Error, out double traps, out double countedSeconds))
        {
            throw new MeasurementException($"perf failed: {FirstLine(result.Error)}");
        }

        double requestsPerSecond = (after - before) / seconds;
        return requestsPerSecond > 0
            ? new TrapFigure(traps / countedSeconds / requestsPerSecond, Name)
            : TrapFigure.Missing("no request was served while system calls were counted");
    }

    // The C locale has a point in fractions and nothing between thousands. perf's machine-readable form is of no use here:
    // it gives the time once for each thread, added up.
    private static ProgramResult Run(string perf, string[] arguments, TimeSpan limit) =>
        Programs.Run("env", ["LC_ALL=C", perf, "stat", "-e", TrapEvent, .. arguments], limit);

    private static bool TryParse(string text, out double traps, out double seconds)
    {
        Match time = TimePattern().Match(text);
        Match count = CountPattern().Match(text);
        seconds = time.Success ? Number(time) : 0;

        // "<not counted>" stands for a process that never ran meanwhile.
        bool neverRan = text.Contains("<not counted>", StringComparison.Ordinal);
        traps = count.Success && !neverRan ? Number(count) : 0;
        return (count.Success || neverRan) && seconds > 0;
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    private static string FirstLine(string text) => text.Trim().Split('\n')[0];

    [GeneratedRegex(@"^\s*(\d+)\s+raw_syscalls:sys_enter\b", RegexOptions.Multiline)]
    private static partial Regex CountPattern();

    [GeneratedRegex(@"^\s*([\d.]+)\s+seconds time elapsed", RegexOptions.Multiline)]
    private static partial Regex TimePattern();
}
