using System.CommandLine;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks.Commands;

/// <summary>What all commands that measure have in common, from the options to the exit code.</summary>
internal sealed class CommonOptions
{
    public const string CoresAwake = "awake";
    private const string CoresAsleep = "asleep";
    public const string RealTime = "real-time";
    private const string Fair = "fair";
    private const int MaxRounds = 1000;
    private const double MaxSeconds = 3600;
    private const double DefaultMaxSpreadPercent = 25;

    private readonly Option<bool> _quick = new("--quick") { Description = "A look instead of a measurement: one short round, few cells." };
    private readonly Option<int?> _rounds = NumberOption.Whole("--rounds", "Rounds, the peers in turn in each; default 5, quick 1.", 1, MaxRounds);
    private readonly Option<double?> _seconds = NumberOption.Decimal("--seconds", "Measured seconds of a cell; default 0.8, quick 0.6.", 0.1, MaxSeconds);
    private readonly Option<double?> _firstWarmUp = NumberOption.Decimal("--first-warmup-seconds", "Load on each .NET server when it has started; default 5, quick 2.", 1, MaxSeconds);
    private readonly Option<double?> _warmUp = NumberOption.Decimal("--warmup-seconds", "Load on each server before the first round of a table; default 1.", 0.5, MaxSeconds);
    private readonly Option<double?> _trapSeconds = NumberOption.Decimal("--trap-seconds", "Window in which system calls are counted, apart from the measured ones; 0 leaves them uncounted. Default 0.3.", 0, MaxSeconds);
    private readonly Option<double?> _maxSpread = NumberOption.Decimal("--max-spread-percent", "Spread of CPU per request over the rounds, the outermost left out, above which a row is marked; default 25.", 0, 10_000);

    private readonly Option<string[]?> _peers = new("--peers")
    {
        Description = $"Peers to run, separated by commas: {string.Join(',', PeerCatalog.Names)}. Default: all but {PeerNames.AkkaIoControl}.",
        CustomParser = result =>
        {
            string[] names = result.Tokens[^1].Value.Split(',');
            string? unknown = names.FirstOrDefault(name => !PeerCatalog.Names.Contains(name));
            if (unknown is not null)
            {
                result.AddError($"--peers: there is no '{unknown}'");
            }

            return names;
        },
    };

    private readonly CoreOptions _cores = new();
    private readonly Option<bool> _noBuild = NoBuildOption();
    private readonly Option<bool> _noInstall = new("--no-install") { Description = "Install no missing packages, though this runs as root." };
    private readonly Option<bool> _allowMissing = new("--allow-missing") { Description = "End with exit code 0 though a peer was not available." };
    private readonly Option<string?> _json = new("--json") { Description = "File for the figures as JSON; default: artifacts/benchmarks/COMMAND-TIME.json." };

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_quick, _rounds, _seconds, _firstWarmUp, _warmUp, _trapSeconds, _maxSpread, _peers, _noBuild, _noInstall, _allowMissing, _json])
        {
            command.Options.Add(option);
        }

        _cores.AddTo(command);
    }

    /// <summary>For <see cref="ProjectBuild.Enabled"/>.</summary>
    public static Option<bool> NoBuildOption() => new("--no-build") { Description = "Run the release build of the .NET programs that is there." };

    /// <summary>Whether cores stay awake: the first of its words.</summary>
    public static Option<string> IdleCoresOption() => new Option<string>("--idle-cores")
    {
        Description = $"Whether idle cores stay {CoresAwake}, by a process of the lowest priority on each, or fall {CoresAsleep}; default {CoresAwake}.",
        DefaultValueFactory = static _ => CoresAwake,
    }.AcceptOnlyFromAmong(CoresAwake, CoresAsleep);

    /// <summary>Whether the generator has its core before others: the first of its words.</summary>
    public static Option<string> GeneratorPriorityOption() => new Option<string>("--generator-priority")
    {
        Description = $"Whether the generator has its core before others ({RealTime}, where the kernel allows it) or in turn ({Fair}); default {RealTime}.",
        DefaultValueFactory = static _ => RealTime,
    }.AcceptOnlyFromAmong(RealTime, Fair);

    public bool IsQuick(ParseResult result) => result.GetValue(_quick);

    /// <summary>Runs parts, writes file and tables, and answers the exit code.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="command">The command's name.</param>
    /// <param name="parts">Makes the parts for the options and the counter of system calls.</param>
    /// <param name="then">What is done with the report at last.</param>
    public int Run(ParseResult result, string command, Func<RunOptions, ITrapCounter, IReadOnlyList<IPart>> parts, Action<RunReport>? then = null)
    {
        RunOptions options = ToRunOptions(result);
        string file = result.GetValue(_json) ?? JsonReport.DefaultFile(command);
        JsonReport.CheckWritable(file);
        ProjectBuild.Enabled = !result.GetValue(_noBuild);
        Packages.InstallEnabled = !result.GetValue(_noInstall);
        ITrapCounter trapCounter = TrapCounters.Choose();
        IReadOnlyList<IPart> made = parts(options, trapCounter);
        if (options.GeneratorCore is { } core && !options.OneCore)
        {
            ProcessorCores.PinThisProcess(core);
        }

        RunReport report = new PartsRun(command, options, trapCounter.Name, file).Run(made);
        TerminalReport.Write(report);
        TerminalReport.Line($"written: {file}");
        then?.Invoke(report);
        return ExitCode(report, result.GetValue(_allowMissing));
    }

    private RunOptions ToRunOptions(ParseResult result)
    {
        bool quick = IsQuick(result);
        (int? server, int? generator) = _cores.Of(result);
        return new RunOptions(
            quick,
            result.GetValue(_rounds) ?? (quick ? 1 : 5),
            result.GetValue(_seconds) ?? (quick ? 0.6 : 0.8),
            result.GetValue(_firstWarmUp) ?? (quick ? 2 : 5),
            result.GetValue(_warmUp) ?? 1,
            result.GetValue(_trapSeconds) ?? 0.3,
            result.GetValue(_maxSpread) ?? DefaultMaxSpreadPercent,
            server,
            generator,
            result.GetResult(_peers) is null ? null : result.GetValue(_peers));
    }

    // A missed target is a result, a missing figure is a failure.
    private static int ExitCode(RunReport report, bool allowMissing)
    {
        PeerState[] peers = [.. report.Groups.SelectMany(group => group.Peers)];
        bool missing = peers.Any(peer => !peer.Started) || report.Skipped.Count > 0;
        bool broken = peers.Any(peer => peer.Started && (peer.Unavailable ?? peer.StopFailure) is not null);
        bool withoutFigures = report.Groups.Any(group => group.Rows.Any(row =>
            row.GoodRounds == 0 && group.Peers.Any(peer => peer.Name == row.Peer && peer.Started)));
        return broken || withoutFigures || (missing && !allowMissing) ? CommandRun.ExitFailed : 0;
    }
}
