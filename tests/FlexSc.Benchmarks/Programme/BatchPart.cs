using System.Globalization;
using System.Text.Json;
using FlexSc.Benchmarks.Measure;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Servers;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Programme;

/// <summary>The papers' microbenchmark: what one call costs in a batch, against the trap, and where both are even.</summary>
internal sealed class BatchPart(RunOptions options) : IPart
{
    private const double SecondsPerRound = 1.2;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    public string Title => "batches: what one call costs";

    public double EstimatedSeconds => 1 + (SecondsPerRound * (options.Rounds + 1));

    public RunReport Run(RunReport soFar)
    {
        Progress.Write($"== {Title}");
        try
        {
            string program = ServerBuild.Build(Path.Combine("tests", "peers", "BatchCost"));
            string[] arguments =
            [
                Programs.Require("dotnet"), program, Text(options.Rounds), Text(options.ServerCore ?? -1), Text(options.OneCore ? -1 : options.GeneratorCore ?? -1),
            ];
            ProgramResult result = Programs.Run(arguments[0], arguments.Skip(1), Limit);
            return result.ExitCode == 0
                ? soFar with { Batch = Parse(result.Output) }
                : soFar with { Skipped = [.. soFar.Skipped, $"{Title}: {result.Error.Trim().Split('\n')[0]}"] };
        }
        catch (BenchmarkException failure)
        {
            return soFar with { Skipped = [.. soFar.Skipped, $"{Title}: {failure.Message}"] };
        }
    }

    /// <exception cref="BenchmarkException">A line is not what was agreed on.</exception>
    public static IReadOnlyList<BatchRow> Parse(string output)
    {
        try
        {
            return
            [
                .. output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => JsonSerializer.Deserialize<Line>(line, Web)!)
                    .Select(line => new BatchRow(line.Way, line.BatchSize, Spread.Of(line.NsPerCall), line.Failure)),
            ];
        }
        catch (JsonException failure)
        {
            throw new BenchmarkException($"the answer of BatchCost is not understood: {failure.Message}");
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Line(string Way, int BatchSize, double[] NsPerCall, string? Failure);
}
