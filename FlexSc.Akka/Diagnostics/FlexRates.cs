namespace FlexSc.Akka.Diagnostics;

/// <summary>What a loop did between two reports, a second.</summary>
/// <param name="Index">Number of the loop.</param>
/// <param name="Utilisation">CPU time of its thread, in cores: 0 to 1.</param>
/// <param name="Waiting">Time that its thread was ready to run and had no core, in cores: 0 to 1.</param>
/// <param name="EntriesPerSecond">Calls submitted.</param>
/// <param name="TrapsPerSecond">Traps into the kernel.</param>
/// <param name="TurnsPerSecond">Turns.</param>
public sealed record FlexRates(
    int Index, double Utilisation, double Waiting, double EntriesPerSecond, double TrapsPerSecond, double TurnsPerSecond)
{
    /// <summary>Calls for each trap: the batch; 0 where there was no trap.</summary>
    public double EntriesPerTrap => TrapsPerSecond > 0 ? EntriesPerSecond / TrapsPerSecond : 0;

    /// <summary>Traps for each call; 0 where there was no call.</summary>
    public double TrapsPerEntry => EntriesPerSecond > 0 ? TrapsPerSecond / EntriesPerSecond : 0;

    /// <summary>The rates of each loop that is in both reports, by its number.</summary>
    /// <param name="before">The older one.</param>
    /// <param name="after">The newer one.</param>
    /// <exception cref="ArgumentException">They are not of one actor system, or the older one is not older.</exception>
    public static IReadOnlyList<FlexRates> Between(FlexReport before, FlexReport after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        double seconds = after.ClockSeconds - before.ClockSeconds;
        if (before.System != after.System || before.ProcessId != after.ProcessId || seconds <= 0)
        {
            throw new ArgumentException("rates are between two reports of one actor system, the older one first", nameof(before));
        }

        return [.. before.Loops.Join(after.Loops, static loop => loop.Index, static loop => loop.Index, (older, newer) => new FlexRates(
            newer.Index,
            Math.Clamp((newer.CpuSeconds - older.CpuSeconds) / seconds, 0, 1),
            Math.Clamp((newer.WaitSeconds - older.WaitSeconds) / seconds, 0, 1),
            (newer.Submissions - older.Submissions) / seconds,
            (newer.Traps - older.Traps) / seconds,
            (newer.Turns - older.Turns) / seconds))];
    }
}
