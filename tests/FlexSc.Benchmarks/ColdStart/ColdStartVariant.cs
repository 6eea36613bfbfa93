using System.Globalization;
using FlexSc.Benchmarks.Peers;

namespace FlexSc.Benchmarks.ColdStart;

/// <summary>One way to start the server.</summary>
/// <param name="Name">As the option and the tables spell it.</param>
internal sealed record ColdStartVariant(string Name)
{
    private const string Example = "HttpServer";
    private const string Profile = "DOTNET_TieredPGO";
    private const string Tiers = "DOTNET_TieredCompilation";
    private const string QuickCompilation = "DOTNET_TC_QuickJit";

    private static readonly Dictionary<string, string> RuntimeDefaults = Settings(quickCompilation: true, profile: true);

    /// <summary>The bare C server, which compiles nothing while it runs: what it shows is the machine's and the generator's.</summary>
    public static ColdStartVariant Control { get; } = new("bare-io-uring");

    /// <summary>All, in the order of the tables.</summary>
    public static IReadOnlyList<ColdStartVariant> All { get; } =
    [
        Control,
        new("as-built"),
        new("runtime-defaults") { RuntimeSettings = RuntimeDefaults },
        new("no-pgo") { RuntimeSettings = Settings(quickCompilation: true, profile: false) },
        new("no-tiers") { RuntimeSettings = new Dictionary<string, string> { [Tiers] = "0" } },
        new("no-quick-jit") { RuntimeSettings = Settings(quickCompilation: false, profile: true) },
        new("ready-to-run") { IsReadyToRun = true, RuntimeSettings = RuntimeDefaults },
        new("ready-to-run-no-pgo") { IsReadyToRun = true, RuntimeSettings = Settings(quickCompilation: true, profile: false) },
        new("warm-up") { WarmUpMs = MostWarmUpMs, RuntimeSettings = RuntimeDefaults },
        new("warm-up-no-pgo") { WarmUpMs = MostWarmUpMs, RuntimeSettings = Settings(quickCompilation: true, profile: false) },
        new("ready-to-run-warm-up") { IsReadyToRun = true, WarmUpMs = MostWarmUpMs, RuntimeSettings = RuntimeDefaults },
    ];

    /// <summary>The server's own bound of its warm-up, which ends when nothing more is compiled.</summary>
    private const int MostWarmUpMs = 20_000;

    /// <summary>Environment variables of the runtime.</summary>
    public IReadOnlyDictionary<string, string> RuntimeSettings { get; init; } = new Dictionary<string, string>();

    public bool IsReadyToRun { get; init; }

    /// <summary>Time in which the server may warm itself up before it listens; 0 is none.</summary>
    public int WarmUpMs { get; init; }

    /// <summary>The server; null for the control.</summary>
    public ExamplePeer? Server => this == Control ? null : new ExamplePeer(
        Name, Example, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "io-uring",
        "--warm-up-ms", WarmUpMs.ToString(CultureInfo.InvariantCulture))
    {
        RuntimeSettings = RuntimeSettings,
        IsReadyToRun = IsReadyToRun,
    };

    /// <summary>In another order in each launch, so that a place in the order belongs to nobody.</summary>
    public static IReadOnlyList<ColdStartVariant> InTurn(IReadOnlyList<ColdStartVariant> asked, int launch) =>
        [.. asked.Select((_, index) => asked[(index + launch) % asked.Count])];

    /// <summary>Both are told, since the server is built with settings of its own, over which those of the environment go.</summary>
    private static Dictionary<string, string> Settings(bool quickCompilation, bool profile) =>
        new() { [QuickCompilation] = quickCompilation ? "1" : "0", [Profile] = profile ? "1" : "0" };
}
