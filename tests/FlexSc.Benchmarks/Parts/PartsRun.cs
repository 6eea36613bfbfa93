using System.Diagnostics;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>Runs parts one after the other: the plan first, the file after each part, so that a run cut short leaves what it has.</summary>
internal sealed class PartsRun(string command, RunOptions options, string trapCounter, string jsonFile)
{
    private const double SecondsPerMinute = 60;

    public RunReport Run(IReadOnlyList<IPart> parts)
    {
        Plan(parts);
        long start = Stopwatch.GetTimestamp();
        RunReport report = new()
        {
            Command = command,
            Utc = DateTime.UtcNow,
            Machine = MachineFacts.Read(),
            Options = options,
            ServerEnvironment = ServerLaunch.RuntimeSettings,
            TrapCounter = trapCounter,
        };
        for (int index = 0; index < parts.Count; index++)
        {
            IPart part = parts[index];
            Progress.Write(FormattableString.Invariant(
                $"[{index + 1}/{parts.Count}] {part.Title} ({Stopwatch.GetElapsedTime(start).TotalMinutes:0.0} min gone, about {parts.Skip(index).Sum(left => left.EstimatedSeconds) / SecondsPerMinute:0.0} min left)"));
            report = RunOne(part, report) with
            {
                Programs = new Dictionary<string, string>(Packages.VersionsSeen),
                DurationSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
            };
            JsonReport.Write(jsonFile, report);
        }

        return report;
    }

    // One part that fails as a whole must not take the others' figures with it.
    private static RunReport RunOne(IPart part, RunReport report)
    {
        try
        {
            return part.Run(report);
        }
        catch (MeasurementException failure)
        {
            Progress.Write($"{part.Title}: {failure.Message}");
            return report with { Skipped = [.. report.Skipped, $"{part.Title}: {failure.Message}"] };
        }
    }

    private static void Plan(IReadOnlyList<IPart> parts)
    {
        Progress.Write(FormattableString.Invariant($"plan: about {parts.Sum(part => part.EstimatedSeconds) / SecondsPerMinute:0.0} minutes, builds left out"));
        foreach (IPart part in parts)
        {
            Progress.Write(FormattableString.Invariant($"  {part.EstimatedSeconds,5:0} s  {part.Title}"));
        }
    }
}
