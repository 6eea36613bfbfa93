using System.Diagnostics;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>The clock of a simulated world: it stands still but when the world moves it.</summary>
internal sealed class SimulatedClock : TimeProvider
{
    /// <summary>2026-01-01 UTC, so that a world shows dates as a real one does.</summary>
    private const long EpochSeconds = 1_767_225_600;

    private const long NanosecondsPerTick = 100;

    /// <summary>Nanoseconds since the world began.</summary>
    public long NowNs { get; private set; }

    /// <summary>Seconds since 1970-01-01 UTC.</summary>
    public long UnixSeconds => EpochSeconds + (NowNs / TimestampFrequency);

    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => NowNs;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeSeconds(EpochSeconds).AddTicks(NowNs / NanosecondsPerTick);

    public void MoveTo(long nowNs)
    {
        Debug.Assert(nowNs >= NowNs, "time runs backwards");
        NowNs = nowNs;
    }
}
