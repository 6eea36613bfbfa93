using System.Globalization;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;

namespace FlexSc.Benchmarks.Parts;

/// <summary>The papers' microbenchmark: what one call costs in a batch, against the trap, and where both are even.</summary>
internal sealed class BatchPart(RunOptions options) : IPart
{
    private const double SecondsPerRound = 1.2;
    private static readonly PeerProgram<Line> Program = new("BatchCost");

    public string Title => "batches: what one call costs";

    public double EstimatedSeconds => 1 + (SecondsPerRound * (options.Rounds + 1));

    // The program pins its own threads.
    public RunReport Run(RunReport soFar) => Program.Run(
        soFar,
        Title,
        [],
        [Text(options.Rounds), Text(options.ServerCore ?? -1), Text(options.OneCore ? -1 : options.GeneratorCore ?? -1)],
        (report, lines) => report with { Batch = Rows(lines) });

    /// <exception cref="MeasurementException">A line is not what was agreed on.</exception>
    public static IReadOnlyList<BatchRow> Parse(string output) => Rows(Program.Parse(output));

    private static IReadOnlyList<BatchRow> Rows(IReadOnlyList<Line> lines) =>
        [.. lines.Select(line => new BatchRow(line.Way, line.BatchSize, Spread.Of(line.NsPerCall), line.Failure))];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Line(string Way, int BatchSize, double[] NsPerCall, string? Failure);
}
