using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Regress;

/// <summary>The program that a cell puts load on.</summary>
internal enum RegressService
{
    Http,
    KeyValue,
    Echo,
}

/// <summary>One load that two states of the sources are compared under.</summary>
/// <param name="Name">As the option and the table spell it.</param>
/// <param name="Shape">Connections, and requests that each has under way.</param>
internal sealed record RegressCell(string Name, RegressService Service, LoadShape Shape)
{
    /// <summary>The main ones: what the README has figures of.</summary>
    public static IReadOnlyList<RegressCell> All { get; } =
    [
        new("http-16", RegressService.Http, new LoadShape(16, 1)),
        new("http-128", RegressService.Http, new LoadShape(128, 1)),
        new("http-512", RegressService.Http, new LoadShape(512, 1)),
        new("kv", RegressService.KeyValue, new LoadShape(50, 1)),
        new("kv-pipelined", RegressService.KeyValue, new LoadShape(50, 16)),
        new("echo", RegressService.Echo, new LoadShape(10, 20)),
    ];
}

/// <summary>Who takes part in each launch.</summary>
internal static class RegressSides
{
    /// <summary>The commit.</summary>
    public const string Before = "before";

    /// <summary>The commit once more, in processes of its own: how far it is from the first is chance.</summary>
    public const string Control = "control";

    /// <summary>The working tree.</summary>
    public const string After = "after";

    /// <summary>In another order in each launch, so that a place in the order has no side.</summary>
    public static IReadOnlyList<string> InTurn(int launch)
    {
        string[] all = [Before, Control, After];
        return [.. all.Select((_, index) => all[(index + launch) % all.Length])];
    }
}

/// <summary>
/// What a launch brought for a cell: CPU time for each request relative to <see cref="RegressSides.Before"/>, the median over its rounds of
/// the ratio within the round.
/// </summary>
internal sealed record LaunchRatios(string Cell, int Launch, double After, double Control)
{
    /// <returns>Null where no round is good on all sides.</returns>
    /// <param name="cell">Name of the cell.</param>
    /// <param name="launch">Number of the launch.</param>
    /// <param name="rounds">CPU time for each request by side, of each round; sides without a good figure are left out.</param>
    public static LaunchRatios? Of(string cell, int launch, IEnumerable<IReadOnlyDictionary<string, double>> rounds)
    {
        IReadOnlyDictionary<string, double>[] whole = [.. rounds.Where(static round => RegressSides.InTurn(0).All(round.ContainsKey))];
        return whole.Length == 0 ? null : new LaunchRatios(cell, launch, Median(RegressSides.After), Median(RegressSides.Control));

        double Median(string side) => Measuring.Spread.Of(whole.Select(round => round[side] / round[RegressSides.Before]))!.Median;
    }
}
