using System.Diagnostics;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Placement;

/// <summary>What is asked for in one part of the load; null for nothing.</summary>
internal sealed record LivePhase(string Name, string? Path)
{
    public static IReadOnlyList<LivePhase> All { get; } =
    [
        new("idle", null), new("busy", "/plaintext"), new("blocking files", "/file"), new("compute", "/compute"),
    ];

    /// <summary>Those in which something is asked for.</summary>
    public static IReadOnlyList<LivePhase> Measured { get; } = [.. All.Where(static phase => phase.Path is not null)];
}

/// <summary>Requests answered a second, of one policy in one phase of one round.</summary>
internal sealed record LiveCell(string Policy, string Phase, int Round, double RequestsPerSecond);

/// <summary>How long and how often.</summary>
/// <param name="Quick">A look instead of a measurement.</param>
/// <param name="Rounds">How often each policy has its turn in each phase.</param>
/// <param name="Seconds">Of each phase that is measured.</param>
/// <param name="LeastRelative">What adaptive has to reach of the better of the two others.</param>
internal sealed record LiveOptions(bool Quick, int Rounds, double Seconds, double LeastRelative);

/// <summary>
/// A load that turns from idle to busy to blocking file calls to computing, on one program placed by several policies. In each phase of each
/// round they have their turn, and each server is stopped while another one is measured, so that each sees its load turn, and a slow change of
/// the machine meets all. Used from the main thread.
/// </summary>
/// <param name="options">How long and how often.</param>
internal sealed class LiveRun(LiveOptions options)
{
    /// <summary>What a change of the load may take, as in simulation.</summary>
    private const double SettleSeconds = 2;

    private const double SecondsPerMinute = 60;
    private static readonly LoadShape Shape = new(Connections: 32, PipelineDepth: 1);

    private readonly List<LiveCell> _cells = [];
    private readonly MissingFigures _missing = new();

    /// <summary>What it takes, builds left out.</summary>
    public static double EstimatedMinutes(LiveOptions options)
    {
        const double startsSeconds = 10;
        double each = (LivePhase.All.Count * SettleSeconds) + (LivePhase.Measured.Count * (options.Seconds + 1));
        return (startsSeconds + (options.Rounds * LivePolicy.Names.Count * each)) / SecondsPerMinute;
    }

    /// <summary>Compares the policies, after one was provoked.</summary>
    public LiveReport Run(DateTime utc, MachineFacts machine, IReadOnlyList<int> cpus)
    {
        IReadOnlyList<string> wrongSplit = Provoke(LivePolicy.Wrong(cpus));
        IReadOnlyDictionary<string, IReadOnlyList<string>> told = Compare(LivePolicy.Compared(cpus));
        return new LiveReport(utc, machine, options, _cells, told, wrongSplit, _missing.Reasons);
    }

    private Dictionary<string, IReadOnlyList<string>> Compare(IReadOnlyList<LivePolicy> policies)
    {
        List<(LivePolicy Policy, ServerProcess Server)> servers = [];
        try
        {
            foreach (LivePolicy policy in policies)
            {
                Progress.Write($"starting {policy.Name}");
                servers.Add((policy, policy.Start()));
                servers[^1].Server.Pause();
            }

            for (int round = 1; round <= options.Rounds; round++)
            {
                foreach (LivePhase phase in LivePhase.All)
                {
                    // Another one begins in each round, so that a place in the order belongs to nobody.
                    foreach (int index in Enumerable.Range(round, servers.Count))
                    {
                        (LivePolicy policy, ServerProcess server) = servers[index % servers.Count];
                        server.Resume();
                        MeasureOrNote(policy, server, phase, round);
                        server.Pause();
                    }
                }
            }

            return servers.ToDictionary(static pair => pair.Policy.Name, static pair => pair.Server.Errors);
        }
        finally
        {
            servers.ForEach(static pair => pair.Server.Dispose());
        }
    }

    /// <summary>What a program told under a busy load that was placed wrongly.</summary>
    private IReadOnlyList<string> Provoke(LivePolicy wrong)
    {
        using ServerProcess server = wrong.Start();
        MeasureOrNote(wrong, server, LivePhase.Measured[0], round: 0);
        return server.Errors;
    }

    private void MeasureOrNote(LivePolicy policy, ServerProcess server, LivePhase phase, int round) =>
        _missing.Note(FormattableString.Invariant($"round {round}: {policy.Name}, {phase.Name}"), () => Measure(policy, server, phase, round));

    private void Measure(LivePolicy policy, ServerProcess server, LivePhase phase, int round)
    {
        Progress.Write(FormattableString.Invariant($"round {round}: {phase.Name}: {policy.Name}"));
        if (phase.Path is not { } path)
        {
            Thread.Sleep(TimeSpan.FromSeconds(SettleSeconds));
            return;
        }

        WrkGenerator generator = new(HttpExchange.Hello with { Path = path });
        using ILoad load = generator.Start(server.EndPoint, Shape, TimeSpan.FromSeconds((2 * SettleSeconds) + options.Seconds), core: null);
        Thread.Sleep(TimeSpan.FromSeconds(SettleSeconds));
        long start = Stopwatch.GetTimestamp();
        long before = RequestsOf(server);
        Thread.Sleep(TimeSpan.FromSeconds(options.Seconds));
        long answered = RequestsOf(server) - before;
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        load.Stop();
        LoadResult result = load.WaitForEnd();
        server.WaitForNoConnections();
        if (result.Errors > 0)
        {
            throw new MeasurementException(result.ErrorText);
        }

        _cells.Add(new LiveCell(policy.Name, phase.Name, round, answered / elapsed));
    }

    private static long RequestsOf(ServerProcess server) =>
        server.Stats().Requests ?? throw new MeasurementException("the server does not count its requests");
}
