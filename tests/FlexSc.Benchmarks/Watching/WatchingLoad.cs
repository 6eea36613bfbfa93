using FlexSc.Benchmarks.Load.Http;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Watching;

/// <summary>One load under which watchers are compared.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="Shape">How much of it.</param>
/// <param name="Generator">Who puts it on.</param>
internal sealed record WatchingLoad(string Name, LoadShape Shape, ILoadGenerator Generator)
{
    /// <summary>How many there are.</summary>
    public const int Count = 2;

    private const int PacedConnections = 16;
    private const int ClosedConnections = 128;

    /// <summary>A service that has little to do, and one that has all it can do: the latter first, which compiles what is hot.</summary>
    public static IReadOnlyList<WatchingLoad> Of(WatchingOptions options) =>
    [
        new("saturated", new LoadShape(ClosedConnections, 1), new WrkGenerator(HttpExchange.Hello)),
        new(
            FormattableString.Invariant($"{options.OfferedPerSecond} requests/s"),
            new LoadShape(PacedConnections, 1, options.OfferedPerSecond),
            new OpenLoopGenerator(HttpExchange.Hello)),
    ];
}
