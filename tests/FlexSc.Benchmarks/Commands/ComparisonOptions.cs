using System.CommandLine;
using FlexSc.Benchmarks.Run;

namespace FlexSc.Benchmarks.Commands;

/// <summary>What the http and kv commands have in common.</summary>
internal sealed class ComparisonOptions
{
    private const int MaxRounds = 1000;
    private const double MaxSeconds = 3600;
    private const double DefaultMaxSpreadPercent = 20;

    private readonly Option<bool> _quick = new("--quick") { Description = "A look in a minute or two: one round of 2 s, short warm-ups, http with 128 connections only." };
    private readonly Option<int?> _rounds = NumberOption.Whole("--rounds", "Rounds, the variants in turn in each; default 5, quick 1.", 1, MaxRounds);
    private readonly Option<double?> _seconds = NumberOption.Decimal("--seconds", "Measured seconds of a cell; default 5, quick 2.", 0.5, MaxSeconds);
    private readonly Option<double?> _firstWarmUp = NumberOption.Decimal("--first-warmup-seconds", "Load on each server when it has started; default 10, quick 3.", 1, MaxSeconds);
    private readonly Option<double?> _warmUp = NumberOption.Decimal("--warmup-seconds", "Load on each server before the first round of a table; default 3, quick 1.", 1, MaxSeconds);
    private readonly Option<double?> _trapSeconds = NumberOption.Decimal("--trap-seconds", "Window in which system calls are counted, apart from the measured ones; 0 leaves them uncounted. Default 2, quick 0.5.", 0, MaxSeconds);
    private readonly Option<double?> _maxSpread = NumberOption.Decimal("--max-spread-percent", "Spread of CPU per request over the rounds above which a row is marked; default 20.", 0, 10_000);

    public CommonOptions Common { get; } = new();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_quick, _rounds, _seconds, _firstWarmUp, _warmUp, _trapSeconds, _maxSpread])
        {
            command.Options.Add(option);
        }

        Common.AddTo(command);
    }

    public bool Quick(ParseResult result) => result.GetValue(_quick);

    public RunOptions ToRunOptions(ParseResult result)
    {
        bool quick = Quick(result);
        (int? server, int? generator) = Common.Cores(result);
        return new RunOptions(
            Common.Variants(result),
            result.GetValue(_rounds) ?? (quick ? 1 : 5),
            result.GetValue(_seconds) ?? (quick ? 2 : 5),
            result.GetValue(_firstWarmUp) ?? (quick ? 3 : 10),
            result.GetValue(_warmUp) ?? (quick ? 1 : 3),
            result.GetValue(_trapSeconds) ?? (quick ? 0.5 : 2),
            result.GetValue(_maxSpread) ?? DefaultMaxSpreadPercent,
            server,
            generator);
    }
}
