using System.CommandLine;
using FlexSc.Benchmarks.Commands;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

/// <summary>Command lines of the commands with a report of their own: what is wrong is told by name before anything runs.</summary>
public sealed class ExperimentOptionsTests
{
    private static readonly Command[] Commands =
    [
        StallsCommand.Create(), BlockingProgramCommand.Create(), ColdStartCommand.Create(), MetricsCostCommand.Create(), PlacementCommand.Create(),
        RegressCommand.Create(),
    ];

    [Theory]
    [InlineData("stalls", "--quick --json a.json --rounds 2 --cases block,deadlock-loop-1 --give-up-ms 2000 --bar 1.5 --idle-cores asleep --generator-priority fair --unpinned")]
    [InlineData("blocking-program", "--quick --json a.json --rounds 2 --kinds mix,file --blocking 10 --bar 1.05")]
    [InlineData("cold-start", "--quick --json a.json --variants as-built,no-pgo --server-core 0")]
    [InlineData("metrics-cost", "--quick --json a.json --launches 2")]
    [InlineData("placement", "--live --quick --json a.json --rounds 2 --seconds 4")]
    [InlineData("regress", "HEAD --json a.json --launches 8 --cells http-16,kv --margin-percent 2.5")]
    public void Every_option_is_understood(string name, string line) => Assert.Empty(Parse(name, line));

    [Theory]
    [InlineData("stalls", "--cases block,nap", "--cases: there is no 'nap'")]
    [InlineData("stalls", "--bar 0.5", "--bar: '0.5' is no number from 1 to 100")]
    [InlineData("stalls", "--idle-cores warm", "Argument 'warm' not recognized. Must be one of:\n\t'awake'\n\t'asleep'")]
    [InlineData("stalls", "--generator-priority high", "Argument 'high' not recognized. Must be one of:\n\t'real-time'\n\t'fair'")]
    [InlineData("stalls", "--give-up-ms 0", "--give-up-ms: '0' is no number from 1 to 30000")]
    [InlineData("blocking-program", "--kinds nap", "--kinds: there is no 'nap'")]
    [InlineData("blocking-program", "--blocking 0", "--blocking: '0' is no number from 1 to 100000")]
    [InlineData("cold-start", "--variants nap", "--variants: there is no 'nap'")]
    [InlineData("placement", "--live --seconds 0", "--seconds: '0' is no number from 1 to 600")]
    [InlineData("regress", "HEAD --cells nap", "--cells: there is no 'nap'")]
    public void What_is_wrong_is_told(string name, string line, string mistake) => Assert.Contains(mistake, Parse(name, line));

    [Theory]
    [InlineData("", false, 20_000)]
    [InlineData("", true, 6)]
    [InlineData("--after 7", true, 7)]
    public void What_is_left_out_has_the_value_that_the_description_tells(string line, bool isQuick, int expected)
    {
        UsualOption<int> after = UsualOption.Whole("--after", "When it is looked at", 20_000, 1, 30_000, quick: 6);
        UsualOption<double> bar = UsualOption.Decimal("--bar", "What is allowed", 1.1, 1, 100);
        Assert.Equal("When it is looked at; default 20000, quick 6. [1..30000]", after.Description);
        Assert.Equal("What is allowed; default 1.1. [1..100]", bar.Description);
        ParseResult result = new Command("look", "") { after, bar }.Parse(line);
        Assert.Equal((expected, 1.1), (after.Of(result, isQuick), bar.Of(result, isQuick)));
    }

    [Fact]
    public void A_program_that_has_all_cores_takes_none() => Assert.NotEmpty(Parse("blocking-program", "--server-core 0"));

    private static IEnumerable<string> Parse(string name, string line) =>
        Commands.Single(command => command.Name == name).Parse(line).Errors.Select(static error => error.Message);
}
