using System.CommandLine;
using FlexSc.Benchmarks.ColdStart;
using FlexSc.Benchmarks.Run;

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
        UsualOption<int> launches = UsualOption.Whole("--launches", "Times that each variant is started", 3, 1, MaxLaunches, quick: 1);
        UsualOption<int> after = UsualOption.Whole(
            "--after-seconds", "When the first seconds' p99 is compared with", 60, EarlySeconds, MaxSeconds, quick: 6);
        UsualOption<int> late = UsualOption.Whole("--late-seconds", "How long it is looked at then", 10, 1, MaxSeconds, quick: 2);
        UsualOption<int> offered = UsualOption.Whole("--offered", "Requests a second", 20_000, 1, MaxOffered);
        UsualOption<int> connections = UsualOption.Whole("--connections", "On so many connections", 128, 1, MaxConnections);
        UsualOption<double> bar = UsualOption.Decimal("--bar", "p99 at first relative to later that is allowed", 1.3, 1, MaxBar);
        Option<string> idleCores = CommonOptions.IdleCoresOption();
        Option<IReadOnlyList<string>> variants = NamesOption.Of(
            "--variants", "Variants to start", [.. ColdStartVariant.All.Select(static variant => variant.Name)]);
        Command command = new(
            "cold-start", "The HTTP server's p99 in its first seconds and after a minute, by how it is compiled. Some 33 minutes.");
        return Experiment.CommandOf(
            command, "one launch of some seconds", "all launches", [launches, after, late, offered, connections, bar, idleCores, variants],
            (result, isQuick, cores) =>
            {
                ColdStartOptions options = new(
                    isQuick,
                    launches.Of(result, isQuick),
                    EarlySeconds,
                    after.Of(result, isQuick),
                    late.Of(result, isQuick),
                    offered.Of(result),
                    connections.Of(result),
                    bar.Of(result),
                    result.GetRequiredValue(idleCores) == CommonOptions.CoresAwake,
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
