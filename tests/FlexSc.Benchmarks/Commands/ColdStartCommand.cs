using System.CommandLine;
using FlexSc.Benchmarks.ColdStart;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring.Commands;

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
        Option<int?> launches = NumberOption.Whole("--launches", "Times that each variant is started; default 3, quick 1.", 1, MaxLaunches);
        Option<int?> after = NumberOption.Whole(
            "--after-seconds", "When the first seconds' p99 is compared with; default 60, quick 6.", EarlySeconds, MaxSeconds);
        Option<int?> late = NumberOption.Whole("--late-seconds", "How long it is looked at then; default 10, quick 2.", 1, MaxSeconds);
        Option<int?> offered = NumberOption.Whole("--offered", "Requests a second; default 20000.", 1, MaxOffered);
        Option<int?> connections = NumberOption.Whole("--connections", "On so many connections; default 128.", 1, MaxConnections);
        Option<double?> bar = NumberOption.Decimal("--bar", "p99 at first relative to later that is allowed; default 1.3.", 1, MaxBar);
        Option<IReadOnlyList<string>> variants = NamesOption.Of(
            "--variants", "Variants to start", [.. ColdStartVariant.All.Select(static variant => variant.Name)]);
        Command command = new(
            "cold-start", "The HTTP server's p99 in its first seconds and after a minute, by how it is compiled. Some 33 minutes.");
        return Experiment.CommandOf(
            command, "one launch of some seconds", "all launches", [launches, after, late, offered, connections, bar, variants],
            (result, isQuick, cores) =>
            {
                ColdStartOptions options = new(
                    isQuick,
                    result.GetValue(launches) ?? (isQuick ? 1 : 3),
                    EarlySeconds,
                    result.GetValue(after) ?? (isQuick ? 6 : 60),
                    result.GetValue(late) ?? (isQuick ? 2 : 10),
                    result.GetValue(offered) ?? 20_000,
                    result.GetValue(connections) ?? 128,
                    result.GetValue(bar) ?? 1.3,
                    result.GetRequiredValue(variants),
                    cores.Server is { } server
                        ? FormattableString.Invariant($"all of the server on core {server}")
                        : "the server on all cores, its loop on one of them");
                RunOptions machine = Experiment.MachineOf(isQuick, options.Launches, options.LoadSeconds, warmUpSeconds: 0, cores);
                return new Experiment(ColdStartRun.EstimatedMinutes(options), machine, (utc, facts) =>
                {
                    (IReadOnlyList<ColdStartLaunch> taken, IReadOnlyList<string> failures) = new ColdStartRun(options, machine).Run();
                    return new ColdStartReport(utc, facts, options, taken, failures);
                });
            });
    }
}
