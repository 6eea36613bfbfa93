using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Parts;

/// <summary>
/// Reads of one cached file by actors, by what .NET and Akka.Streams have, and by fio: 4 KiB at random places by 64 readers, 1 MiB one
/// after the other by one.
/// </summary>
internal sealed class FileReadsPart(RunOptions options) : IPart
{
    public const string RandomLoad = "random 4 KiB";
    public const string SequentialLoad = "sequential 1 MiB";
    public const string Pooled = "FlexFile, pooled";
    public const string Fio = "fio, io_uring";

    /// <summary>What may not block a thread, and so is what one would use in an actor.</summary>
    public static readonly IReadOnlyList<string> Managed = ["Akka.Streams FileIO", "FileStream async", "RandomAccess async"];

    private const int Readers = 64;
    private const int FileMebibytes = 1024;
    private const int Ways = 6;
    private const int Loads = 2;
    private const double FioSeconds = 3;
    private const int LimitMinutes = 8;

    /// <summary>As the program has it.</summary>
    private const int WarmUpWindows = 4;

    private static readonly PeerProgram<Line> Program = new("FileReads", LimitMinutes);

    private int WindowMs => options.Quick ? 300 : 600;

    public string Title => "files: reads from the page cache";

    public double EstimatedSeconds => 5 + ((options.Rounds + WarmUpWindows) * Loads * Ways * WindowMs / 1000.0) + (Loads * FioSeconds);

    public RunReport Run(RunReport soFar)
    {
        string file = Path.Combine(ScratchDirectory.Create("file-reads"), "data");
        WriteFile(file);
        RunReport report = Program.Run(
            soFar, Title, [.. ServerLaunch.Pinned(options.ServerCore)], [Text(options.Rounds), file, Text(WindowMs), Text(Readers)],
            (report, lines) => report with { FileReads = Rows(lines) });
        return report with
        {
            FileReads =
            [
                .. report.FileReads,
                RowOf(RandomLoad, FioPart.Measure(options, "io_uring", file, ["--size=1g", "--rw=randread", "--bs=4k", $"--iodepth={Readers}"])),
                RowOf(SequentialLoad, FioPart.Measure(options, "io_uring", file, ["--size=1g", "--rw=read", "--bs=1m", "--iodepth=1"])),
            ],
        };
    }

    /// <summary>A line for each load, way and round.</summary>
    /// <exception cref="MeasurementException">A line is not what was agreed on.</exception>
    public static IReadOnlyList<FileReadsRow> Parse(string output) => Rows(Program.Parse(output));

    /// <summary>The smallest CPU time a read of the managed ways of a load, in relation to that of the pooled actors; null when either is missing.</summary>
    public static double? RatioToBestManaged(IReadOnlyList<FileReadsRow> rows, string load) =>
        rows.Where(row => row.Load == load && Managed.Contains(row.Way)).Min(row => row.CpuUsPerRead?.Median) / CpuOf(rows, load, Pooled);

    /// <summary>CPU time a read of the pooled actors in relation to fio's; null when either is missing.</summary>
    public static double? RatioToFio(IReadOnlyList<FileReadsRow> rows, string load) => CpuOf(rows, load, Pooled) / CpuOf(rows, load, Fio);

    private static double? CpuOf(IReadOnlyList<FileReadsRow> rows, string load, string way) =>
        rows.FirstOrDefault(row => row.Load == load && row.Way == way)?.CpuUsPerRead?.Median;

    private static IReadOnlyList<FileReadsRow> Rows(IReadOnlyList<Line> lines) =>
    [
        .. lines.GroupBy(line => (line.Load, line.Way)).Select(group => new FileReadsRow(
            group.Key.Load,
            group.Key.Way,
            Spread.Of(group.Select(line => line.ReadsPerSecond)),
            Spread.Of(group.Select(line => line.CpuUsPerRead)),
            Spread.Of(group.Select(line => line.AllocatedBytesPerRead)),
            null)),
    ];

    private static FileReadsRow RowOf(string load, FioRow row) => new(
        load, Fio, Spread.Of(row.ReadsPerSecond is { } reads ? [reads] : []), Spread.Of(row.CpuUsPerRead is { } cpu ? [cpu] : []), null, row.Remark);

    private static void WriteFile(string file)
    {
        byte[] block = new byte[1 << 20];
        new Random(1).NextBytes(block);
        using FileStream stream = new(file, FileMode.CreateNew, FileAccess.Write);
        for (int i = 0; i < FileMebibytes; i++)
        {
            stream.Write(block);
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Line(string Load, string Way, double ReadsPerSecond, double CpuUsPerRead, double AllocatedBytesPerRead);
}
