namespace FlexSc.Benchmarks.Watching;

/// <summary>Who looks at the server in a window.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="Asked">As tests/peers/MeteredServer is told it.</param>
/// <param name="HasViewer">Whether somebody has the dashboard's page open, too.</param>
/// <param name="IsBound">Whether it is to cost no more than the bar.</param>
/// <param name="Reads">Whether it listens to instruments and reads them, which is taken apart.</param>
internal sealed record Watcher(string Name, string Asked, bool HasViewer = false, bool IsBound = true, bool Reads = false)
{
    /// <summary>Nobody: what the others are compared with.</summary>
    public static Watcher Nobody { get; } = new("nobody", "none", IsBound: false);

    /// <summary>Nobody once more: how far it is from the first is chance.</summary>
    public static Watcher Control { get; } = new("nobody, control", "none", IsBound: false);

    /// <summary>All, in the order of the tables.</summary>
    public static IReadOnlyList<Watcher> All { get; } =
    [
        Nobody,
        Control,
        new("a listener, read once a second", "listener", Reads: true),
        new("OpenTelemetry, read once a second", "opentelemetry", Reads: true),
        new("dashboard, nobody looks", "dashboard"),

        // What it costs to look is told, and has no bar.
        new("dashboard, one viewer", "dashboard", HasViewer: true, IsBound: false),
    ];

    /// <summary>In another order in each round, so that a place in the order belongs to nobody.</summary>
    public static IReadOnlyList<Watcher> InTurn(int round) => [.. All.Select((_, index) => All[(index + round) % All.Count])];
}
