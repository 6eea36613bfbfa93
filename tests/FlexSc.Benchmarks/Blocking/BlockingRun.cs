using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Blocking;

/// <summary>
/// Runs tests/peers/BlockingProgram as it is and on the loops, in turn, on all cores that this program may use. Used from the main thread.
/// </summary>
/// <param name="options">How much and how often.</param>
internal sealed class BlockingRun(BlockingOptions options)
{
    private const string Program = "BlockingProgram";
    private const double SecondsPerMinute = 60;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>As the program spells who has its actors; its sockets, which are switched along, it does not use.</summary>
    private static readonly (string Name, string Asked)[] Dispatchers =
        [(BlockingFigures.Stock, "akka-io"), (BlockingFigures.FlexSc, "flexsc-actors")];

    private readonly List<BlockingFigures> _figures = [];
    private readonly MissingFigures _missing = new();

    /// <summary>All runs, and why some are missing.</summary>
    public (IReadOnlyList<BlockingFigures> Figures, IReadOnlyList<string> Failures) Run()
    {
        string program = ProjectBuild.Build(Path.Combine("tests", "peers", Program), Program);
        for (int round = 1; round <= options.Rounds; round++)
        {
            foreach (string kind in options.Kinds)
            {
                // Each is the first one in every other round.
                foreach (int turn in Enumerable.Range(round, Dispatchers.Length))
                {
                    (string name, string asked) = Dispatchers[turn % Dispatchers.Length];
                    _missing.Note(FormattableString.Invariant($"{kind}, {name}, round {round}"), () =>
                    {
                        BlockingFigures figures = Measure(program, asked, kind) with { Dispatcher = name, Round = round };
                        _figures.Add(figures);
                        Progress.Write(FormattableString.Invariant($"round {round}: {kind}: {name}: {figures.Seconds:0.00} s"));
                    });
                }
            }
        }

        return (_figures, _missing.Reasons);
    }

    /// <summary>What it takes on two cores, builds left out: blocking is shared by as many threads at first.</summary>
    public static double EstimatedMinutes(BlockingOptions options)
    {
        const double startSeconds = 1.5;
        double each = startSeconds + (options.BlockingActors * options.BlockTimes * options.BlockMs / 1000.0 / 2);
        return options.Rounds * options.Kinds.Count * Dispatchers.Length * each / SecondsPerMinute;
    }

    private BlockingFigures Measure(string program, string asked, string kind)
    {
        ProcessStartInfo start = ServerLaunch.Dotnet(
            program,
            [
                "--dispatcher", asked, "--kind", kind, "--block-ms", Text(options.BlockMs), "--blocking", Text(options.BlockingActors),
                "--block-times", Text(options.BlockTimes), "--computing", Text(options.ComputingActors), "--compute-times", Text(options.ComputeTimes),
            ],
            cpus: null);
        using RunningProgram running = new(start);
        ProgramResult result = running.WaitForEnd(Limit);
        string? line = result.Output.Split('\n').LastOrDefault(static text => text.StartsWith('{'));
        return result.ExitCode != 0 || line is null
            ? throw new MeasurementException($"the program ended with exit code {result.ExitCode}: {result.Error.Trim()} {result.Output.Trim()}")
            : JsonSerializer.Deserialize<BlockingFigures>(line)! with { Kind = kind };
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
