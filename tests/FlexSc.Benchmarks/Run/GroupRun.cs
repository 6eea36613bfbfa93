using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.Run;

/// <summary>Runs all peers of a group under its loads, the peers in turn in each round. Used from the main thread.</summary>
internal sealed class GroupRun(Group group, RunOptions options, ITrapCounter trapCounter)
{
    // While the load is away, the runtime compiles what it found to be hot.
    private static readonly TimeSpan CompileTime = TimeSpan.FromMilliseconds(500);

    /// <summary>Rounds that a table gets beyond the asked ones while a peer's lie too far apart.</summary>
    private const int MoreRounds = 2;

    private readonly CellRunner _runner = new(options, group.ServerCore, group.GeneratorCore);
    private readonly List<CellResult> _cells = [];
    private readonly List<TrapResult> _traps = [];

    public ComparisonResult Run()
    {
        Progress.Write($"== {group.Title}");
        List<(GroupPeer Peer, PeerServer Server)> peers = [];
        try
        {
            foreach (GroupPeer peer in group.Peers)
            {
                PeerServer server = PeerServer.Start(peer.Name, peer.Peer, peer.Place);
                peers.Add((peer, server));
                Attempt(server, running => Begin(peer, running));
            }

            foreach (GroupTable table in group.Tables)
            {
                RunTable([.. peers.Where(peer => table.Includes(peer.Peer))], table);
            }

            foreach ((_, PeerServer server) in peers)
            {
                server.Stop();
            }

            return new ComparisonResult([.. peers.Select(peer => peer.Server.State)], group.Tables, _cells, _traps);
        }
        finally
        {
            peers.ForEach(peer => peer.Server.Dispose());
        }
    }

    // A peer that takes part in no table of this run still shows that it starts.
    private void Begin(GroupPeer peer, ServerProcess server)
    {
        peer.Generator.Verify(server.EndPoint);
        peer.Generator.Prepare(server.EndPoint);
        if (!peer.Peer.IsManaged || group.Tables.FirstOrDefault(table => table.Includes(peer)) is not { } table)
        {
            return;
        }

        WarmUp(peer, server, table.Shape, options.FirstWarmUpSeconds / 2);
        Thread.Sleep(CompileTime);
        WarmUp(peer, server, table.Shape, options.FirstWarmUpSeconds / 2);
    }

    private void RunTable(IReadOnlyList<(GroupPeer Peer, PeerServer Server)> peers, GroupTable table)
    {
        LoadShape shape = table.Shape;
        foreach ((GroupPeer peer, PeerServer server) in peers)
        {
            Attempt(server, running =>
            {
                peer.Generator.Verify(running.EndPoint);
                WarmUp(peer, running, shape, options.WarmUpSeconds);
            });
        }

        for (int round = 1; round <= options.Rounds || (round <= options.Rounds + MoreRounds && IsTooSpread(peers, shape)); round++)
        {
            foreach ((GroupPeer peer, PeerServer server) in peers)
            {
                Attempt(server, running =>
                {
                    CellResult cell = _runner.Measure(peer, running, shape, round);
                    _cells.Add(cell);
                    Progress.Write($"{shape}: {peer.Name}: round {round}: {Describe(cell)}");
                });
            }
        }

        if (options.TrapSeconds <= 0 || !table.CountTraps)
        {
            return;
        }

        foreach ((GroupPeer peer, PeerServer server) in peers)
        {
            Attempt(server, running =>
            {
                TrapFigure figure = _runner.CountTraps(trapCounter, peer, running, shape);
                _traps.Add(new TrapResult(peer.Name, shape, figure));
                Progress.Write(figure.PerRequest is { } traps
                    ? FormattableString.Invariant($"{shape}: {peer.Name}: {traps:0.00} traps per request")
                    : $"{shape}: {peer.Name}: traps not counted: {figure.Source}");
            });
        }
    }

    // A single round has no spread.
    private bool IsTooSpread(IEnumerable<(GroupPeer Peer, PeerServer Server)> peers, LoadShape shape) => peers.Any(peer => Spread.Of(
        _cells.Where(cell => cell.Peer == peer.Peer.Name && cell.Shape == shape && cell.Discarded is null).Select(cell => cell.Figures!.CpuUsPerRequest))
        ?.TrimmedPercent > options.MaxSpreadPercent);

    private void WarmUp(GroupPeer peer, ServerProcess server, LoadShape shape, double seconds)
    {
        string errors = _runner.WarmUp(peer.Generator, server, shape, seconds);
        if (errors.Length > 0)
        {
            Progress.Write($"{shape}: {peer.Name}: errors in the warm-up: {errors}");
        }
    }

    // Only the peer whose turn it is runs; the others are stopped.
    private static void Attempt(PeerServer peer, Action<ServerProcess> action)
    {
        if (peer.Server is not { } server)
        {
            return;
        }

        try
        {
            server.Resume();
            action(server);
            server.Pause();
        }
        catch (MeasurementException failure)
        {
            Progress.Write($"{peer.Name}: given up: {failure.Message}");
            peer.GiveUp(failure.Message);
        }
    }

    private static string Describe(CellResult cell) => cell.Discarded is { } reason
        ? $"discarded: {reason}"
        : FormattableString.Invariant($"{cell.Figures!.CpuUsPerRequest:0.00} us CPU per request, {cell.Figures.RequestsPerSecond:0} requests/s");
}
