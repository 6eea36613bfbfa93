using System.Diagnostics;
using System.Security.Cryptography;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Report;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks.Parts;

/// <summary>The comparisons with static files.</summary>
internal sealed class FileParts
{
    public const string Main = "files";
    public const int FileBytes = 4096;

    private const string FileName = "file.bin";
    private static readonly string[] Peers = [PeerNames.AkkaIo, PeerNames.IoUringPooled, PeerNames.NginxSendfile, PeerNames.NginxFileCache];
    private static readonly string[] QuickPeers = [PeerNames.IoUringPooled, PeerNames.NginxSendfile];

    private readonly RunOptions _options;
    private readonly ITrapCounter _trapCounter;
    private readonly PeerPlace _place;
    private readonly string _root = ScratchDirectory.Create("files");
    private readonly HttpExchange _exchange;
    private readonly IReadOnlyList<Peer> _peers;

    public FileParts(RunOptions options, ITrapCounter trapCounter, bool few)
    {
        _options = options;
        _trapCounter = trapCounter;
        _place = new Cores(options).One with { Root = _root };
        _exchange = new HttpExchange($"/{FileName}", RandomNumberGenerator.GetBytes(FileBytes));
        File.WriteAllBytes(Path.Combine(_root, FileName), _exchange.Body);
        _peers = [.. PeerCatalog.Files.Where(peer => (few ? QuickPeers : Peers).Contains(peer.Name))];
    }

    public IPart MainPart()
    {
        WrkGenerator wrk = new(_exchange);
        return new GroupPart(
            new Group(
                Main,
                FormattableString.Invariant($"a static file of {FileBytes} bytes"),
                PeerNames.NginxSendfile,
                [.. _peers.Select(peer => new GroupPeer(peer.Name, peer, wrk, _place))],
                _options.GeneratorCore,
                [new GroupTable(new LoadShape(HttpGroups.UsualConnections, 1))]),
            _options,
            _trapCounter);
    }

    /// <summary>A server that keeps files must notice within a second that one was changed.</summary>
    public IPart FreshnessPart() => new Freshness(_peers, _place, FileName, _options);

    private sealed class Freshness(IReadOnlyList<Peer> peers, PeerPlace place, string fileName, RunOptions options) : IPart
    {
        private const double SecondsForEach = 2;
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);
        private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

        public string Title => "static file: how soon a change is noticed";

        public double EstimatedSeconds => SecondsForEach * peers.Count;

        public RunReport Run(RunReport soFar) =>
            soFar with { Freshness = [.. peers.Where(peer => options.Includes(peer.Name)).Select(RunOne)] };

        private FreshnessRow RunOne(Peer peer)
        {
            using PeerServer server = PeerServer.Start(peer.Name, peer, place);
            if (server.Server is not { } running)
            {
                return new FreshnessRow(peer.Name, null, $"not available: {server.Unavailable}");
            }

            try
            {
                string path = Path.Combine(place.Root!, $"changing-{fileName}");
                HttpExchange before = new($"/{Path.GetFileName(path)}", RandomNumberGenerator.GetBytes(FileBytes));
                File.WriteAllBytes(path, before.Body);

                // A server may keep a file in memory only once it has rested: one changed just now would be read each time.
                File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddMinutes(-1));
                before.Verify(running.EndPoint);

                // As a deployment does it: another file takes the name. The length stays, so that only its time tells.
                byte[] changed = RandomNumberGenerator.GetBytes(FileBytes);
                File.WriteAllBytes($"{path}.new", changed);
                File.Move($"{path}.new", path, overwrite: true);
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start) < Limit)
                {
                    if (before.Fetch(running.EndPoint).AsSpan().SequenceEqual(changed))
                    {
                        return new FreshnessRow(peer.Name, Stopwatch.GetElapsedTime(start).TotalMilliseconds, null);
                    }

                    Thread.Sleep(Poll);
                }

                return new FreshnessRow(peer.Name, null, $"not noticed within {Limit.TotalSeconds:0} s");
            }
            catch (MeasurementException failure)
            {
                return new FreshnessRow(peer.Name, null, failure.Message);
            }
        }
    }
}
