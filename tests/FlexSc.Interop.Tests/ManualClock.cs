namespace FlexSc.Interop.Tests;

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long _us;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => _us;

    public void Advance(int us) => _us += us;
}
