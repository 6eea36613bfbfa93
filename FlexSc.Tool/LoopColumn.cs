using System.Globalization;
using FlexSc.Akka.Diagnostics;
using FlexSc.Akka.Placement;

namespace FlexSc.Tool;

/// <summary>What the table of loops shows.</summary>
/// <param name="Name">Above the column.</param>
/// <param name="Text">Of a loop; its rates are null where there was one look only.</param>
/// <param name="IsNumber">Whether it is aligned to the right.</param>
internal sealed record LoopColumn(string Name, Func<LoopReport, FlexRates?, string> Text, bool IsNumber = true)
{
    private const int MostOfName = 28;

    /// <summary>Those that 80 columns have room for.</summary>
    public static IReadOnlyList<LoopColumn> Narrow { get; } =
    [
        new("loop", static (loop, _) => Number(loop.Index)),
        new("core", static (loop, _) => loop.Cpu is int cpu ? Number(cpu) : "-"),
        new("cpu", static (_, rates) => ShortText.Percent(rates?.Utilisation)),
        new("calls/s", static (_, rates) => ShortText.Of(rates?.EntriesPerSecond)),
        new("batch", static (_, rates) => ShortText.Of(rates?.EntriesPerTrap)),
        new("traps/call", static (_, rates) => rates is null ? "-" : rates.TrapsPerEntry.ToString("0.00", CultureInfo.InvariantCulture)),
        new("entries", static (loop, _) => $"{Number(loop.EntriesUsed)}/{Number(loop.EntriesLimit)}"),
        new("conns", static (loop, _) => ShortText.Of(loop.Connections)),
        new("actors", static (loop, _) => ShortText.Of(loop.Actors)),
        new("state", static (loop, _) => StateOf(loop), IsNumber: false),
    ];

    /// <summary>Those and more.</summary>
    public static IReadOnlyList<LoopColumn> Wide { get; } =
    [
        .. Narrow,
        new("traps/s", static (_, rates) => ShortText.Of(rates?.TrapsPerSecond)),
        new("turns/s", static (_, rates) => ShortText.Of(rates?.TurnsPerSecond)),
        new("waits", static (_, rates) => ShortText.Percent(rates?.Waiting)),
        new("pin", static (loop, _) => (loop.Place is { } place ? place.Cpu : loop.PinnedTo) is int cpu ? Number(cpu) : "-"),
        new("longest ms", static (loop, _) => loop.LongestTurnMs > 0 ? ShortText.Of(loop.LongestTurnMs) : "-"),
        new("latency us", static (loop, _) => loop.Load is { CompletionLatencyMicroseconds: > 0 and double latency } ? ShortText.Of(latency) : "-"),
        new("bytes/s", static (loop, _) => ShortText.Of(loop.Load?.BytesPerSecond)),
        new("queue", static (loop, _) => ShortText.Of(loop.Load?.QueuedWork)),
        new("refused", static (loop, _) => ShortText.Of(loop.RefusedConnections)),
        new("thread", static (loop, _) => Number(loop.ThreadId)),
        new("runs", static (loop, _) => loop.Running is { } running ? ShortText.EndOf(running, MostOfName) : "-", IsNumber: false),
    ];

    private static string StateOf(LoopReport loop) => loop switch
    {
        { HasFailed: true } => "failed",
        { GivenUp: not null } => "given up",
        { IsHeldUp: true } => "held up",
        { Place.Role: LoopRole.Parked } => "parked",
        { IsOpen: false } => "closed",

        // Not "parked", which is what placement says of a loop that is not needed.
        { IsParked: true } => "waits",
        _ => "runs",
    };

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
