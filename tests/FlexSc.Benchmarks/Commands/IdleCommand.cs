using System.CommandLine;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Benchmarks.Servers;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The idle command: what open connections cost that are silent.</summary>
internal static class IdleCommand
{
    private const string Name = "idle";
    private const string Http = "http";
    private const string KeyValue = "kv";
    private const int MaxConnections = 100_000;

    // The services close connections that are silent for a minute; the window has to end before.
    private const double MaxSeconds = 30;
    private const double DefaultSeconds = 10;
    private const double DefaultSettleSeconds = 3;

    public static Command Create()
    {
        CommonOptions common = new();
        Option<string> service = new("--service") { Description = "Which service.", DefaultValueFactory = _ => Http };
        service.AcceptOnlyFromAmong(Http, KeyValue);
        Option<int?> connections = NumberOption.Whole("--connections", "Open connections; default 1000.", 1, MaxConnections);
        Option<double?> seconds = NumberOption.Decimal("--seconds", "Measured seconds; default 10.", 0.5, MaxSeconds);
        Option<double?> settle = NumberOption.Decimal("--settle-seconds", "Silence before the measured seconds; default 3.", 0, 10);
        Command command = new(Name, "Measures a server whose open connections are silent.") { service, connections, seconds, settle };
        common.AddTo(command);
        command.SetAction(result => Execute(
            common,
            result,
            result.GetValue(service) == Http,
            result.GetValue(connections) ?? Targets.IdleConnections,
            TimeSpan.FromSeconds(result.GetValue(settle) ?? DefaultSettleSeconds),
            TimeSpan.FromSeconds(result.GetValue(seconds) ?? DefaultSeconds)));
        return command;
    }

    private static int Execute(CommonOptions common, ParseResult parsed, bool http, int connections, TimeSpan settle, TimeSpan window)
    {
        (int? serverCore, int? generatorCore) = common.Cores(parsed);
        string file = common.JsonFile(parsed, Name);
        MachineFacts machine = MachineFacts.Read();
        string example = http ? "HttpServer" : "KvServer";
        Progress.Write($"building examples/{example}");
        string program = ServerBuild.Build(example, common.Build(parsed));
        if (generatorCore is { } core)
        {
            CpuList.PinThisProcess(core);
        }

        IdleRun run = new(http ? IdleProtocol.Http : IdleProtocol.KeyValue, connections, settle, window, serverCore);
        List<IdleResult> results = [];
        foreach (Variant variant in common.Variants(parsed))
        {
            Progress.Write($"{variant.Name}: {connections} connections, {window.TotalSeconds:0.#} s");
            results.Add(run.Run(variant, program));
        }

        TableReport.Prepare();
        TableReport.WriteMachine(machine, CommonOptions.Describe(serverCore, generatorCore));
        TableReport.WriteDescriptions(results.Select(result => (result.Variant, result.Description)));
        TableReport.WriteIdle(FormattableString.Invariant($"{example}, {connections} silent connections, {window.TotalSeconds} s"), results);
        JsonReport.Write(file, new
        {
            command = Name,
            utc = DateTime.UtcNow,
            machine,
            serverEnvironment = ServerLaunch.RuntimeSettings,
            service = example,
            serverCore,
            generatorCore,
            settleSeconds = settle.TotalSeconds,
            windowSeconds = window.TotalSeconds,
            idlePercentBound = Targets.IdlePercentBound,
            results,
        });
        bool missing = results.Any(result => !result.Started);
        bool broken = results.Any(result => result.Started && result.CpuPercent is null);
        return broken || (missing && !common.AllowMissing(parsed)) ? Program.ExitFailed : 0;
    }
}
