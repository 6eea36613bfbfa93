namespace FlexSc.Interop.Calls;

/// <summary>A time as the kernel tells it, exact to the nanosecond and wider than <see cref="DateTimeOffset"/>.</summary>
/// <param name="Seconds">Seconds since 1970-01-01 UTC, negative before.</param>
/// <param name="Nanoseconds">0 to 999,999,999 after that second.</param>
public readonly record struct UnixTime(long Seconds, int Nanoseconds)
{
    private const int NanosecondsPerTick = 100;

    /// <summary>The same time, cut to 100 ns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Before year 1 or after year 9999, which file systems can hold.</exception>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeSeconds(Seconds).AddTicks(Nanoseconds / NanosecondsPerTick);
}
