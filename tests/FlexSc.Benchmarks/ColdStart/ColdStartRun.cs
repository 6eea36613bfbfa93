using System.Diagnostics;
using FlexSc.Benchmarks.Load.Http;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Peers;
using FlexSc.Benchmarks.Run;
using FlexSc.Measuring;
using FlexSc.Measuring.Counters;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Servers;

namespace FlexSc.Benchmarks.ColdStart;

/// <summary>Starts each variant, and puts load on it at once. Used from the main thread.</summary>
/// <param name="options">How long and how often.</param>
/// <param name="machine">Where servers and generator run.</param>
internal sealed class ColdStartRun(ColdStartOptions options, RunOptions machine)
{
    private const int MsPerSecond = 1000;
    private const double SecondsPerMinute = 60;
    private const double NsPerUs = 1000;
    private const double BytesPerMiB = 1024 * 1024;
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BeginPoll = TimeSpan.FromMilliseconds(5);

    // Samples are taken on the load's time, and the last one before its end.
    private static readonly TimeSpan Tail = TimeSpan.FromSeconds(0.5);

    private readonly Cores _cores = new(machine);
    private readonly OpenLoopGenerator _generator = new(HttpExchange.Hello, MsPerSecond);
    private readonly List<ColdStartLaunch> _launches = [];
    private readonly MissingFigures _missing = new();

    /// <summary>All launches, and why some are missing.</summary>
    public (IReadOnlyList<ColdStartLaunch> Launches, IReadOnlyList<string> Failures) Run()
    {
        ColdStartVariant[] asked = [.. ColdStartVariant.All.Where(variant => options.Variants.Contains(variant.Name))];
        Dictionary<ColdStartVariant, Peer> peers = [];
        foreach (ColdStartVariant variant in asked)
        {
            _missing.Note(variant.Name, () =>
            {
                // Before anything is started: a build is no part of a start.
                _ = variant.Server?.Build();
                peers[variant] = variant.Server ?? PeerCatalog.Http.Single(static peer => peer.Name == PeerNames.BareIoUring);
            });
        }

        using AwakeCores? awake = AwakeCores.If(options.KeepsCoresAwake);
        ColdStartVariant[] present = [.. peers.Keys];
        for (int launch = 1; launch <= options.Launches; launch++)
        {
            foreach (ColdStartVariant variant in ColdStartVariant.InTurn(present, launch))
            {
                _missing.Note(FormattableString.Invariant($"{variant.Name}: launch {launch}"), () =>
                {
                    ColdStartLaunch taken = Measure(variant, peers[variant], launch);
                    _launches.Add(taken);
                    Progress.Write(FormattableString.Invariant(
                        $"launch {launch}: {variant.Name}: p99 {taken.EarlyP99Us(options):0} us at first, {taken.LateP99Us(options):0} us later"));
                });
            }
        }

        return (_launches, _missing.Reasons);
    }

    /// <summary>What it takes, builds left out.</summary>
    public static double EstimatedMinutes(ColdStartOptions options)
    {
        const double startSeconds = 2.5;
        return options.Launches * options.Variants.Count * (startSeconds + options.LoadSeconds) / SecondsPerMinute;
    }

    private ColdStartLaunch Measure(ColdStartVariant variant, Peer peer, int launch)
    {
        long start = Stopwatch.GetTimestamp();
        using ServerProcess server = peer.Start(_cores.One);
        double startMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        LoadShape shape = new(options.Connections, 1, options.OfferedPerSecond);
        using ILoad load = _generator.Start(server.EndPoint, shape, TimeSpan.FromSeconds(options.LoadSeconds), machine.GeneratorCore);
        long began = load.AwaitAnswers(1, BeginLimit, BeginPoll);
        Sample first = Take(server, load);
        Sample early = TakeAt(TimeSpan.FromSeconds(options.EarlySeconds));
        Sample late = TakeAt(TimeSpan.FromSeconds(options.LateAfterSeconds));
        Sample last = TakeAt(TimeSpan.FromSeconds(options.LoadSeconds) - Tail);
        LoadResult result = load.WaitForEnd();
        double residentMiB = ProcessSample.ResidentBytes(server.ProcessId) / BytesPerMiB;
        string description = server.Description;
        return result.Errors > 0 ? throw new MeasurementException(result.ErrorText)
            : server.Stop() is { } failure ? throw new MeasurementException(failure)
            : new ColdStartLaunch(
                variant.Name, launch, startMs, result.Intervals, CostBetween(first, early), CostBetween(late, last), residentMiB, description);

        Sample TakeAt(TimeSpan time)
        {
            TimeSpan left = time - Stopwatch.GetElapsedTime(began);
            if (left > TimeSpan.Zero)
            {
                Thread.Sleep(left);
            }

            return Take(server, load);
        }
    }

    // Counted by the generator and the kernel: a question to the server would have it compile what answers.
    private static Sample Take(ServerProcess server, ILoad load) => new(CpuClock.Nanoseconds(server.ProcessId), load.AnsweredSoFar!.Value);

    private static double CostBetween(Sample before, Sample after) => after.Answered <= before.Answered
        ? throw new MeasurementException("no request was answered in a window")
        : (after.CpuNs - before.CpuNs) / NsPerUs / (after.Answered - before.Answered);

    private readonly record struct Sample(long CpuNs, long Answered);
}
