using System.Globalization;
using System.Text.Json;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>What the read alone of a 4 KiB file costs, by fio: the part of a file request that no server can avoid.</summary>
internal sealed class FioPart(RunOptions options) : IPart
{
    private const int Seconds = 2;
    private const double UsPerSecond = 1e6;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public string Title => "fio: reads of 4 KiB from the page cache";

    public double EstimatedSeconds => 2 * (Seconds + 1);

    public RunReport Run(RunReport soFar) => soFar with { Fio = [RunOne("psync", 1), RunOne("io_uring", 32)] };

    private FioRow RunOne(string engine, int depth) => Measure(
        options, engine, Path.Combine(ScratchDirectory.Create("fio"), "data"), ["--size=64m", "--rw=randread", "--bs=4k", Text($"--iodepth={depth}")]);

    /// <summary>Runs fio for a moment and reads its report; what keeps it from that becomes the row's remark.</summary>
    /// <param name="options">Which core.</param>
    /// <param name="engine">How it reads.</param>
    /// <param name="file">What it reads; made when it is not there.</param>
    /// <param name="load">What of it, and how much at once.</param>
    public static FioRow Measure(RunOptions options, string engine, string file, IReadOnlyList<string> load)
    {
        try
        {
            string[] command =
            [
                .. ServerLaunch.Pinned(options.ServerCore), Packages.Require("fio"), "--name=read", $"--filename={file}", .. load,
                "--invalidate=0", $"--ioengine={engine}", "--time_based", Text($"--runtime={Seconds}"), "--thread", "--output-format=json",
            ];
            ProgramResult result = Programs.Run(command[0], command.Skip(1), Limit);
            return result.ExitCode == 0
                ? Parse(engine, result.Output)
                : new FioRow(engine, null, null, $"fio ended with exit code {result.ExitCode}: {result.Error.Trim()}");
        }
        catch (MeasurementException failure)
        {
            return new FioRow(engine, null, null, failure.Message);
        }
    }

    /// <summary>Reads fio's report. Its shares of a core are of the time the job ran.</summary>
    /// <exception cref="MeasurementException">It is not what fio prints.</exception>
    public static FioRow Parse(string engine, string output)
    {
        try
        {
            // Warnings may stand before the report.
            using JsonDocument document = JsonDocument.Parse(output[Math.Max(0, output.IndexOf('{', StringComparison.Ordinal))..]);
            JsonElement job = document.RootElement.GetProperty("jobs")[0];
            double perSecond = job.GetProperty("read").GetProperty("iops").GetDouble();
            double percent = job.GetProperty("usr_cpu").GetDouble() + job.GetProperty("sys_cpu").GetDouble();
            return new FioRow(engine, percent / 100 * UsPerSecond / perSecond, perSecond, null);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new MeasurementException($"fio's report is not understood: {failure.Message}");
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
