using FlexSc.LoadTests.Scenarios.Echo;
using FlexSc.LoadTests.Scenarios.Http;
using FlexSc.LoadTests.Scenarios.Kv;
using FlexSc.LoadTests.Scenarios.Model;
using FlexSc.Measuring;

namespace FlexSc.LoadTests.Scenarios;

/// <summary>
/// All scenarios. Levels are for two shared cores and grow with <c>--scale</c>; bounds on latency are wide enough for a loaded machine:
/// they catch a server that stalls, not one that is a little slower.
/// </summary>
internal static class ScenarioCatalog
{
    private const int SmallValueBytes = 32;
    private const int LargeValueBytes = 256 * 1024;
    private const int SmallMessageBytes = 10;
    private const int LargeMessageBytes = 1024 * 1024;
    private const double StallMs = 1000;
    private static readonly TimeSpan Unit = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<ScenarioDefinition> All { get; } =
    [
        new("http-hello-closed", "GET /plaintext on kept connections, as fast as the answers come.", ServerKind.Http, false,
            new LoadProfile(LoadPhase.HoldUsers(32, Unit)), Bounds(HelloWorkload.Step), target => new HelloWorkload(target, newConnections: false)),
        new("http-hello-open", "GET /plaintext at a fixed rate, latency from the time a request was due.", ServerKind.Http, false,
            new LoadProfile(LoadPhase.HoldRate(1000, Unit)), Bounds(HelloWorkload.Step), target => new HelloWorkload(target, newConnections: false)),
        new("http-ramp", "GET /plaintext at a rate that rises, holds, and falls.", ServerKind.Http, false,
            new LoadProfile(LoadPhase.RampRate(1500, Unit * 2), LoadPhase.HoldRate(1500, Unit), LoadPhase.RampRate(100, Unit)),
            Bounds(HelloWorkload.Step), target => new HelloWorkload(target, newConnections: false)),
        new("http-mixed", "Text, JSON, a 4 KiB file and its revalidation, at a fixed rate.", ServerKind.Http, true,
            new LoadProfile(LoadPhase.HoldRate(600, Unit)),
            Bounds(MixedHttpWorkload.PlaintextStep, MixedHttpWorkload.JsonStep, MixedHttpWorkload.FileStep, MixedHttpWorkload.RevalidateStep),
            target => new MixedHttpWorkload(target)),
        new("http-churn", "A new connection for each request, at a fixed rate.", ServerKind.Http, false,
            new LoadProfile(LoadPhase.HoldRate(200, Unit)), Bounds(HelloWorkload.Step), target => new HelloWorkload(target, newConnections: true)),
        new("http-large", "A 4 MiB file down and 512 KiB up.", ServerKind.Http, true,
            new LoadProfile(LoadPhase.HoldUsers(4, Unit)), Large(LargeBodyWorkload.DownloadStep, LargeBodyWorkload.UploadStep),
            target => new LargeBodyWorkload(target)),
        new("http-slow", "Half of the users trickle their requests or leave 4 MiB unread; the others must not notice.", ServerKind.Http, true,
            new LoadProfile(LoadPhase.HoldUsers(16, Unit)),
            [
                .. Large(SlowHttpWorkload.TrickleStep, SlowHttpWorkload.LateStep, SlowHttpWorkload.QuickStep),
                new LoadThreshold(ThresholdFigure.P95Ms, StallMs, SlowHttpWorkload.QuickStep),
            ],
            target => new SlowHttpWorkload(target)),

        new("kv-read-mostly", "One write among ten, 32 bytes, as fast as the answers come.", ServerKind.KeyValue, false,
            new LoadProfile(LoadPhase.HoldUsers(50, Unit)), Bounds(KvMixWorkload.GetStep, KvMixWorkload.SetStep),
            target => new KvMixWorkload(target, keys: 1000, SmallValueBytes, writesOfTen: 1)),
        new("kv-mixed-open", "As many writes as reads, 32 bytes, at a fixed rate.", ServerKind.KeyValue, false,
            new LoadProfile(LoadPhase.HoldRate(1500, Unit)), Bounds(KvMixWorkload.GetStep, KvMixWorkload.SetStep),
            target => new KvMixWorkload(target, keys: 1000, SmallValueBytes, writesOfTen: 5)),
        new("kv-ramp", "Users that come, stay, and leave; one write among ten.", ServerKind.KeyValue, false,
            new LoadProfile(LoadPhase.RampUsers(100, Unit * 2), LoadPhase.HoldUsers(100, Unit), LoadPhase.RampUsers(1, Unit)),
            Bounds(KvMixWorkload.GetStep, KvMixWorkload.SetStep), target => new KvMixWorkload(target, keys: 1000, SmallValueBytes, writesOfTen: 1)),
        new("kv-churn", "Connect, write, read, quit, at a fixed rate.", ServerKind.KeyValue, false,
            new LoadProfile(LoadPhase.HoldRate(200, Unit)), Bounds(KvChurnWorkload.SessionStep), target => new KvChurnWorkload(target)),
        new("kv-large", "Values of 256 KiB, three writes among ten.", ServerKind.KeyValue, false,
            new LoadProfile(LoadPhase.HoldUsers(4, Unit)), Large(KvMixWorkload.GetStep, KvMixWorkload.SetStep),
            target => new KvMixWorkload(target, keys: 32, LargeValueBytes, writesOfTen: 3)),
        new("kv-slow", "Readers that leave 256 KiB unread for a while.", ServerKind.KeyValue, false,
            new LoadProfile(LoadPhase.HoldUsers(16, Unit)), Large(KvMixWorkload.GetStep),
            target => new KvMixWorkload(target, keys: 32, LargeValueBytes, writesOfTen: 0, TimeSpan.FromMilliseconds(300))),

        new("echo-closed", "10 bytes there and back, as fast as the answers come.", ServerKind.Echo, false,
            new LoadProfile(LoadPhase.HoldUsers(32, Unit)), Bounds(EchoWorkload.Step), target => new EchoWorkload(target, SmallMessageBytes)),
        new("echo-open", "10 bytes there and back at a fixed rate.", ServerKind.Echo, false,
            new LoadProfile(LoadPhase.HoldRate(1500, Unit)), Bounds(EchoWorkload.Step), target => new EchoWorkload(target, SmallMessageBytes)),
        new("echo-ramp", "10 bytes there and back at a rate that rises.", ServerKind.Echo, false,
            new LoadProfile(LoadPhase.RampRate(2000, Unit)), Bounds(EchoWorkload.Step), target => new EchoWorkload(target, SmallMessageBytes)),
        new("echo-churn", "A new connection for each message.", ServerKind.Echo, false,
            new LoadProfile(LoadPhase.HoldRate(200, Unit)), Bounds(EchoChurnWorkload.Step), target => new EchoChurnWorkload(target)),
        new("echo-large", "1 MiB there and back.", ServerKind.Echo, false,
            new LoadProfile(LoadPhase.HoldUsers(4, Unit)), Large(EchoWorkload.Step), target => new EchoWorkload(target, LargeMessageBytes)),
        new("echo-slow", "Messages that arrive in pieces.", ServerKind.Echo, false,
            new LoadProfile(LoadPhase.HoldUsers(50, Unit)), Large(SlowEchoWorkload.Step), target => new SlowEchoWorkload(target)),
    ];

    /// <exception cref="MeasurementException">There is none of that name.</exception>
    public static ScenarioDefinition Find(string name) => All.FirstOrDefault(scenario => scenario.Name == name)
        ?? throw new MeasurementException($"there is no scenario '{name}': see list");

    /// <summary>For small requests: no failure, every step seen, no stall.</summary>
    private static IReadOnlyList<LoadThreshold> Bounds(params string[] steps) => [.. Large(steps), new LoadThreshold(ThresholdFigure.P95Ms, StallMs)];

    /// <summary>For large or slow ones, whose time says nothing: no failure, every step seen.</summary>
    private static IReadOnlyList<LoadThreshold> Large(params string[] steps) =>
    [
        new LoadThreshold(ThresholdFigure.FailedPercent, 0),
        .. steps.Select(step => new LoadThreshold(ThresholdFigure.OkCount, 1, step)),
    ];
}
