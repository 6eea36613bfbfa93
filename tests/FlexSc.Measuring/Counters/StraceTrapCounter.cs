using System.Globalization;
using System.Text.RegularExpressions;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Measuring.Counters;

/// <summary>
/// Counts by <c>strace -c -f</c>. It stops the server at each call, so that the server serves far fewer requests and its
/// batches differ: a substitute where perf is barred.
/// </summary>
internal sealed partial class StraceTrapCounter : ITrapCounter
{
    private static readonly TimeSpan AttachTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan DetachLimit = TimeSpan.FromSeconds(20);

    private readonly string _strace;

    private StraceTrapCounter(string strace)
    {
        _strace = strace;
    }

    public string Name => "strace -c -f (slows the server, batches differ)";

    /// <summary>Tries strace on a short program.</summary>
    /// <returns>Null when it does not work; <paramref name="reason"/> then says why.</returns>
    public static StraceTrapCounter? TryCreate(out string reason)
    {
        if (Programs.Find("strace") is not { } strace)
        {
            reason = "strace is not installed (apt-get install strace)";
            return null;
        }

        ProgramResult result = Programs.Run(strace, ["-c", "-f", "true"], DetachLimit);
        bool works = result.ExitCode == 0 && TotalPattern().IsMatch(result.Error);
        reason = works ? "" : $"strace does not work: {result.Error.Trim().Split('\n')[0]}";
        return works ? new StraceTrapCounter(strace) : null;
    }

    public TrapFigure Count(ServerProcess server, Func<long> requests, TimeSpan window)
    {
        string[] arguments = ["-c", "-f", "-p", server.ProcessId.ToString(CultureInfo.InvariantCulture)];

        // strace tells neither when it has attached nor when it counts: the requests are those from its start to its end.
        long before = requests();
        using RunningProgram strace = new([_strace, .. arguments]);
        Thread.Sleep(AttachTime + window);
        strace.Interrupt();
        long after = requests();
        ProgramResult result = strace.WaitForEnd(DetachLimit);
        Match total = TotalPattern().Match(result.Error);
        long served = after - before;
        if (!total.Success)
        {
            throw new MeasurementException($"strace failed: {result.Error.Trim().Split('\n')[0]}");
        }

        return served > 0
            ? new TrapFigure(double.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) / served, Name)
            : TrapFigure.Missing("no request was served while system calls were counted");
    }

    // % time, seconds, microseconds per call, calls, errors (may be blank), total
    [GeneratedRegex(@"^\s*100\.00\s+[\d.]+\s+\d+\s+(\d+)\s.*total\s*$", RegexOptions.Multiline)]
    private static partial Regex TotalPattern();
}
