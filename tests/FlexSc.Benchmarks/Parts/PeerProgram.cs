using System.Text.Json;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks.Parts;

/// <summary>A program in tests/peers that measures by itself and prints a line of JSON for each figure.</summary>
/// <typeparam name="TLine">What a line holds.</typeparam>
/// <param name="name">Of the program and its directory.</param>
/// <param name="limitMinutes">How long it may take.</param>
internal sealed class PeerProgram<TLine>(string name, int limitMinutes = 3)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { RespectRequiredConstructorParameters = true };

    /// <summary>Builds and runs it. A failure is told in the report as a part that was skipped.</summary>
    /// <param name="soFar">The report.</param>
    /// <param name="title">Of the part.</param>
    /// <param name="launcher">Words before the program's, to pin it; empty leaves it to itself.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="add">Adds the lines to the report.</param>
    public RunReport Run(RunReport soFar, string title, IReadOnlyList<string> launcher, IReadOnlyList<string> arguments, Func<RunReport, IReadOnlyList<TLine>, RunReport> add)
    {
        Progress.Write($"== {title}");
        try
        {
            string program = ProjectBuild.Build(Path.Combine("tests", "peers", name));
            string[] command = [.. launcher, Programs.Require("dotnet"), program, .. arguments];
            ProgramResult result = Programs.Run(command[0], command.Skip(1), TimeSpan.FromMinutes(limitMinutes));
            return result.ExitCode == 0 ? add(soFar, Parse(result.Output)) : Skipped(result.Error.Trim().Split('\n')[0]);
        }
        catch (MeasurementException failure)
        {
            return Skipped(failure.Message);
        }

        RunReport Skipped(string reason) => soFar with { Skipped = [.. soFar.Skipped, $"{title}: {reason}"] };
    }

    /// <exception cref="MeasurementException">A line is not what was agreed on.</exception>
    public IReadOnlyList<TLine> Parse(string output)
    {
        try
        {
            return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<TLine>(line, Web)!)];
        }
        catch (JsonException failure)
        {
            throw new MeasurementException($"the answer of {name} is not understood: {failure.Message}");
        }
    }
}
