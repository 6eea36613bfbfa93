using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using FlexSc.LoadTests.Engines;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios;
using FlexSc.LoadTests.Servers;
using FlexSc.Measuring;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Commands;

namespace FlexSc.LoadTests.Commands;

/// <summary>The run command and its options.</summary>
internal sealed class RunCommand
{
    private const int MaxPort = 65535;
    private const int MaxConnectionsLimit = 60_000;
    private const double MinScale = 0.01;
    private const double MaxScale = 1000;
    private static readonly TimeSpan MinDuration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxDuration = TimeSpan.FromDays(7);

    private readonly Argument<string[]> _scenarios = new("scenario") { Description = "Scenarios to run; all when none is named.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string> _engine = new("--engine") { Description = "Who brings the load.", DefaultValueFactory = _ => EngineCatalog.BuiltIn };
    private readonly Option<TimeSpan> _duration = Time("--duration", "Each scenario's time, as in 30s, 5m or 12h.", RunOptions.DefaultDuration, MinDuration, MaxDuration);
    private readonly Option<TimeSpan> _warmUp = Time("--warm-up", "Load before the measured time; 0s for none.", TimeSpan.FromSeconds(2), TimeSpan.Zero, TimeSpan.FromHours(1));
    private readonly Option<double?> _scale = NumberOption.Decimal("--scale", "Multiplies users and rates; default 1.", MinScale, MaxScale);
    private readonly Option<int?> _maxConnections = NumberOption.Whole(
        "--max-connections", $"Most connections, and most iterations under way, at a time; default {RunOptions.DefaultMaxConnections}.", 1, MaxConnectionsLimit);

    private readonly Option<double?> _maxGeneratorLagMs = NumberOption.Decimal(
        "--max-generator-lag-ms", "How late, at the 99th percentile, the generator itself may start iterations of an open load before the report warns; default "
        + $"{GeneratorWarning.DefaultMaxLagMs}.", 0, 60_000);

    private readonly Option<string?> _host = new("--host") { Description = "Address of a server that runs already; all scenarios must be for its protocol." };
    private readonly Option<int?> _port = NumberOption.Whole("--port", "Port of that server.", 1, MaxPort);
    private readonly Option<string?> _root = new("--root") { Description = "Folder that a running HTTP server serves; the scenarios' files are written into it." };

    private readonly Option<ServerChoice[]> _servers = new("--start-server")
    {
        Description = $"Servers to start, separated by commas: {ServerChoice.Syntax}. Default: {string.Join(',', ServerChoice.Default)}.",
        DefaultValueFactory = _ => [.. ServerChoice.Default],
        CustomParser = ParseServers,
    };

    private readonly Option<bool> _noBuild = new("--no-build") { Description = "Start the release build of the servers that is there." };
    private readonly Option<string?> _report = new("--report") { Description = "Folder for results.json and report.md; default: artifacts/load-tests/TIME." };

    private RunCommand()
    {
        _engine.AcceptOnlyFromAmong([.. EngineCatalog.Names]);
    }

    public static Command Create()
    {
        RunCommand run = new();
        Command command = new("run", "Runs scenarios; exit code 1 when a threshold does not hold.")
        {
            run._scenarios, run._engine, run._duration, run._warmUp, run._scale, run._maxConnections, run._maxGeneratorLagMs, run._host, run._port, run._root,
            run._servers, run._noBuild, run._report,
        };
        command.SetAction(run.ExecuteAsync);
        return command;
    }

    private async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken stop)
    {
        RunOptions options = ToOptions(parsed);
        IReadOnlyList<ScenarioResult> results = await new LoadRun(options).RunAsync(stop).ConfigureAwait(false);
        ResultTable.Write(results);
        ResultFiles.Write(options.ReportDirectory, options.Engine, LoadEnvironment.Read(), results);
        return results.Any(result => result.Failed) || results.All(result => !result.Passed) || stop.IsCancellationRequested ? CommandRun.ExitFailed : 0;
    }

    private RunOptions ToOptions(ParseResult parsed)
    {
        string[] names = parsed.GetValue(_scenarios) ?? [];
        ProjectBuild.Enabled = !parsed.GetValue(_noBuild);
        IPEndPoint? running = RunningServer(parsed);
        return new RunOptions
        {
            Scenarios = names.Length == 0 ? ScenarioCatalog.All : [.. names.Select(ScenarioCatalog.Find)],
            Engine = parsed.GetValue(_engine)!,
            Duration = parsed.GetValue(_duration),
            WarmUp = parsed.GetValue(_warmUp),
            Scale = parsed.GetValue(_scale) ?? 1,
            MaxConnections = parsed.GetValue(_maxConnections) ?? RunOptions.DefaultMaxConnections,
            MaxGeneratorLagMs = parsed.GetValue(_maxGeneratorLagMs) ?? GeneratorWarning.DefaultMaxLagMs,
            RunningServer = running,
            WebRootOfRunningServer = parsed.GetValue(_root),
            Servers = parsed.GetValue(_servers)!,
            ProgramOf = ServerPrograms.Provide,
            ReportDirectory = ResultFiles.Prepare(parsed.GetValue(_report)),
        };
    }

    private IPEndPoint? RunningServer(ParseResult parsed)
    {
        string? host = parsed.GetValue(_host);
        int? port = parsed.GetValue(_port);
        if (host is null && port is null)
        {
            return null;
        }

        if (parsed.GetResult(_servers) is { Implicit: false })
        {
            throw new MeasurementException("--start-server and a running server exclude each other: leave one of them out");
        }

        return port is not { } number ? throw new MeasurementException("--host needs --port")
            : IPAddress.TryParse(host ?? "127.0.0.1", out IPAddress? address)
            ? new IPEndPoint(address, number)
            : throw new MeasurementException($"--host: '{host}' is no IP address");
    }

    private static ServerChoice[]? ParseServers(ArgumentResult result)
    {
        List<ServerChoice> choices = [];
        foreach (string name in result.Tokens[^1].Value.Split(','))
        {
            if (ServerChoice.Parse(name) is not { } choice)
            {
                result.AddError($"--start-server: there is no '{name}', only {ServerChoice.Syntax}");
                return null;
            }

            choices.Add(choice);
        }

        return [.. choices.Distinct()];
    }

    private static Option<TimeSpan> Time(string name, string description, TimeSpan defaultValue, TimeSpan min, TimeSpan max) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            if (Durations.TryParse(text, out TimeSpan time) && time >= min && time <= max)
            {
                return time;
            }

            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name}: '{text}' is no time from {min.TotalSeconds} s to {max.TotalHours} h, as in 30s, 5m or 12h"));
            return defaultValue;
        },
    };
}
