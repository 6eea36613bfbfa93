using System.Diagnostics;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Placement;

/// <summary>What is asked for in one part of the load; null for nothing.</summary>
internal sealed record LivePhase(string Name, string? Path)
{
    public static IReadOnlyList<LivePhase> All { get; } =
    [
        new("idle", null), new("busy", "/plaintext"), new("blocking files", "/file"), new("compute", "/compute"),
    ];
}

/// <summary>Requests answered a second, of one policy in one phase of one round.</summary>
internal sealed record LiveCell(string Policy, string Phase, int Round, double RequestsPerSecond);

/// <summary>
/// A load that turns from idle to busy to blocking file calls to computing, on one program placed by several policies, in turn: each
/// server is stopped while another one is measured.
/// </summary>
/// <param name="seconds">Of each phase that is measured.</param>
/// <param name="rounds">How often each policy has its turn.</param>
internal sealed class LiveRun(double seconds, int rounds)
{
    /// <summary>What a change of the load may take, as in simulation.</summary>
    private const double SettleSeconds = 2;

    private static readonly LoadShape Shape = new(Connections: 32, PipelineDepth: 1);

    private readonly List<LiveCell> _cells = [];

    public IReadOnlyList<LiveCell> Cells => _cells;

    /// <summary>What each policy's program told, its decisions among it.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Told { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    public void Compare(IReadOnlyList<LivePolicy> policies)
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

            for (int round = 1; round <= rounds; round++)
            {
                foreach ((LivePolicy policy, ServerProcess server) in servers)
                {
                    server.Resume();
                    LivePhase.All.ToList().ForEach(phase => Measure(policy, server, phase, round));
                    server.Pause();
                }
            }

            Told = servers.ToDictionary(static pair => pair.Policy.Name, static pair => pair.Server.Errors);
        }
        finally
        {
            servers.ForEach(static pair => pair.Server.Dispose());
        }
    }

    /// <summary>What a program told under a busy load that was placed wrongly.</summary>
    public IReadOnlyList<string> Provoke(LivePolicy wrong)
    {
        using ServerProcess server = wrong.Start();
        Measure(wrong, server, LivePhase.All.First(static phase => phase.Path is not null), round: 0);
        return server.Errors;
    }

    private void Measure(LivePolicy policy, ServerProcess server, LivePhase phase, int round)
    {
        Progress.Write($"round {round}: {policy.Name}: {phase.Name}");
        if (phase.Path is not { } path)
        {
            Thread.Sleep(TimeSpan.FromSeconds(SettleSeconds));
            return;
        }

        WrkGenerator generator = new(HttpExchange.Hello with { Path = path });
        using ILoad load = generator.Start(server.EndPoint, Shape, TimeSpan.FromSeconds((2 * SettleSeconds) + seconds), core: null);
        Thread.Sleep(TimeSpan.FromSeconds(SettleSeconds));
        long start = Stopwatch.GetTimestamp();
        long before = RequestsOf(server);
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        long answered = RequestsOf(server) - before;
        double elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        load.Stop();
        LoadResult result = load.WaitForEnd();
        server.WaitForNoConnections();
        if (result.Errors > 0)
        {
            throw new MeasurementException($"{policy.Name}, {phase.Name}: {result.ErrorText}");
        }

        _cells.Add(new LiveCell(policy.Name, phase.Name, round, answered / elapsed));
    }

    private static long RequestsOf(ServerProcess server) =>
        server.Stats().Requests ?? throw new MeasurementException("the server does not count its requests");
}
