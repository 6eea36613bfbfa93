using System.Globalization;
using FlexSc.Benchmarks.Peers;

namespace FlexSc.Benchmarks.ColdStart;

/// <summary>One way to start the server.</summary>
/// <param name="Name">As the option and the tables spell it.</param>
internal sealed record ColdStartVariant(string Name)
{
    private const string Example = "HttpServer";
    private const string NoProfile = "DOTNET_TieredPGO";
    private const string NoTiers = "DOTNET_TieredCompilation";
    private const string NoQuickCompilation = "DOTNET_TC_QuickJit";

    /// <summary>The bare C server, which compiles nothing while it runs: what it shows is the machine's and the generator's.</summary>
    public static ColdStartVariant Control { get; } = new("bare-io-uring");

    /// <summary>All, in the order of the tables.</summary>
    public static IReadOnlyList<ColdStartVariant> All { get; } =
    [
        Control,
        new("default"),
        new("no-pgo") { Settings = Off(NoProfile) },
        new("no-tiers") { Settings = Off(NoTiers) },
        new("no-quick-jit") { Settings = Off(NoQuickCompilation) },
        new("no-quick-jit-no-pgo") { Settings = Off(NoQuickCompilation, NoProfile) },
        new("ready-to-run") { IsReadyToRun = true },
        new("ready-to-run-no-pgo") { IsReadyToRun = true, Settings = Off(NoProfile) },
        new("warm-up") { WarmUpMs = MostWarmUpMs },
        new("warm-up-no-pgo") { WarmUpMs = MostWarmUpMs, Settings = Off(NoProfile) },
        new("ready-to-run-warm-up") { IsReadyToRun = true, WarmUpMs = MostWarmUpMs },
    ];

    /// <summary>The server's own bound of its warm-up, which ends when nothing more is compiled.</summary>
    private const int MostWarmUpMs = 20_000;

    /// <summary>Environment variables of the runtime.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    public bool IsReadyToRun { get; init; }

    /// <summary>Time in which the server may warm itself up before it listens; 0 is none.</summary>
    public int WarmUpMs { get; init; }

    /// <summary>The server; null for the control.</summary>
    public ExamplePeer? Server => this == Control ? null : new ExamplePeer(
        Name, Example, ExamplePeer.FlexScIo, "--messages", "pooled", "--backend", "io-uring",
        "--warm-up-ms", WarmUpMs.ToString(CultureInfo.InvariantCulture))
    {
        RuntimeSettings = Settings,
        IsReadyToRun = IsReadyToRun,
    };

    /// <summary>In another order in each launch, so that a place in the order belongs to nobody.</summary>
    public static IReadOnlyList<ColdStartVariant> InTurn(IReadOnlyList<ColdStartVariant> asked, int launch) =>
        [.. asked.Select((_, index) => asked[(index + launch) % asked.Count])];

    private static Dictionary<string, string> Off(params string[] settings) =>
        settings.ToDictionary(static setting => setting, static _ => "0", StringComparer.Ordinal);
}
