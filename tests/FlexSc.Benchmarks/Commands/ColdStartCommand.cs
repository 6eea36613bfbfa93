using System.CommandLine;
using FlexSc.Benchmarks.ColdStart;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Commands;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Commands;

/// <summary>The cold-start command: what the first clients of a fresh server meet.</summary>
internal static class ColdStartCommand
{
    private const int EarlySeconds = 5;
    private const int MaxLaunches = 100;
    private const int MaxSeconds = 600;
    private const int MaxOffered = 1_000_000;
    private const int MaxConnections = 18_000;
    private const double MaxBar = 100;

    public static Command Create()
    {
        Option<bool> quick = new("--quick") { Description = "A look instead of a measurement: one launch of some seconds." };
        Option<int?> launches = NumberOption.Whole("--launches", "Times that each variant is started; default 3, quick 1.", 1, MaxLaunches);
        Option<int?> after = NumberOption.Whole(
            "--after-seconds", "When the first seconds' p99 is compared with; default 60, quick 6.", EarlySeconds, MaxSeconds);
        Option<int?> late = NumberOption.Whole("--late-seconds", "How long it is looked at then; default 10, quick 2.", 1, MaxSeconds);
        Option<int?> offered = NumberOption.Whole("--offered", "Requests a second; default 20000.", 1, MaxOffered);
        Option<int?> connections = NumberOption.Whole("--connections", "On so many connections; default 128.", 1, MaxConnections);
        Option<double?> bar = NumberOption.Decimal("--bar", "p99 at first relative to later that is allowed; default 1.3.", 1, MaxBar);
        Option<string?> json = new("--json")
        {
            Description = "File for all launches; default: artifacts/benchmarks/cold-start-TIME.json.",
        };
        Option<string[]?> variants = Variants();
        CoreOptions cores = new();
        Command command = new(
            "cold-start", "The HTTP server's p99 in its first seconds and after a minute, by how it is compiled. Some 33 minutes.")
        {
            quick, launches, after, late, offered, connections, bar, variants, json,
        };
        cores.AddTo(command);
        command.SetAction(result =>
        {
            bool isQuick = result.GetValue(quick);
            (int? server, int? generator) = cores.Of(result);
            return Run(
                new ColdStartOptions(
                    isQuick,
                    result.GetValue(launches) ?? (isQuick ? 1 : 3),
                    EarlySeconds,
                    result.GetValue(after) ?? (isQuick ? 6 : 60),
                    result.GetValue(late) ?? (isQuick ? 2 : 10),
                    result.GetValue(offered) ?? 20_000,
                    result.GetValue(connections) ?? 128,
                    result.GetValue(bar) ?? 1.3,
                    result.GetResult(variants) is null ? [.. Names()] : result.GetValue(variants)!,
                    server is null ? "the server on all cores, its loop on one of them" : FormattableString.Invariant($"all of the server on core {server}")),
                (server, generator),
                result.GetValue(json) ?? JsonReport.DefaultFile(command.Name));
        });
        return command;
    }

    private static IEnumerable<string> Names() => ColdStartVariant.All.Select(static variant => variant.Name);

    private static Option<string[]?> Variants() => new("--variants")
    {
        Description = $"Variants to start, separated by commas: {string.Join(',', Names())}. Default: all.",
        CustomParser = result =>
        {
            string[] asked = [.. result.Tokens[^1].Value.Split(',').Distinct()];
            string? unknown = asked.FirstOrDefault(static name => !Names().Contains(name));
            if (unknown is not null)
            {
                result.AddError($"--variants: there is no '{unknown}'");
            }

            return asked;
        },
    };

    private static int Run(ColdStartOptions options, (int? Server, int? Generator) cores, string file)
    {
        JsonReport.CheckWritable(file);
        RunOptions machine = new(
            options.Quick, options.Launches, options.LoadSeconds, FirstWarmUpSeconds: 0, WarmUpSeconds: 0, TrapSeconds: 0,
            MaxSpreadPercent: double.MaxValue, cores.Server, cores.Generator, Only: null);
        Progress.Write(FormattableString.Invariant($"about {ColdStartRun.EstimatedMinutes(options):0.0} minutes, builds left out"));
        if (machine is { GeneratorCore: { } core, OneCore: false })
        {
            ProcessorCores.PinThisProcess(core);
        }

        DateTime utc = DateTime.UtcNow;
        (IReadOnlyList<ColdStartLaunch> launches, IReadOnlyList<string> failures) = new ColdStartRun(options, machine).Run();
        ColdStartReport report = new(utc, MachineFacts.Read(), options, launches, failures);
        JsonReport.Write(file, report);
        TerminalReport.WidenIfRedirected();
        foreach (TextTable table in report.ToTables())
        {
            TerminalReport.Write(table);
        }

        foreach (string failure in failures)
        {
            TerminalReport.Line(failure);
        }

        if (options.Quick)
        {
            TerminalReport.Line("quick run: it shows that everything works; its figures are not to be quoted");
        }

        TerminalReport.Line($"written: {file}");
        return report.IsWhole ? 0 : CommandRun.ExitFailed;
    }
}
