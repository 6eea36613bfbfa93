namespace FlexSc.Examples.KvServer.Store;

/// <summary>Seconds since the store was made, from a monotonic source: a stepped wall clock expires nothing.</summary>
internal sealed class KvClock
{
    /// <summary>A second that has always passed: 0 means "never expires", so dead-on-arrival items need another value.</summary>
    public const uint AlwaysPast = 1;

    /// <summary>Expiry times up to this many seconds are relative, larger ones are Unix time (memcached's protocol text).</summary>
    public const long MaxRelativeSeconds = 60L * 60 * 24 * 30;

    private const uint FirstSecond = AlwaysPast + 1;

    private readonly TimeProvider _timeProvider;
    private readonly long _startTimestamp;
    private readonly long _startUnixSeconds;

    public KvClock(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _startTimestamp = timeProvider.GetTimestamp();
        _startUnixSeconds = timeProvider.GetUtcNow().ToUnixTimeSeconds();
    }

    public uint Now => FirstSecond + (uint)UptimeSeconds;

    public long UptimeSeconds => (_timeProvider.GetTimestamp() - _startTimestamp) / _timeProvider.TimestampFrequency;

    public long UnixSeconds => _startUnixSeconds + UptimeSeconds;

    /// <summary>Translates an expiry time of the protocol into a second of this clock.</summary>
    public uint ExpiryOf(long protocolSeconds, uint now)
    {
        if (protocolSeconds == 0)
        {
            return 0;
        }

        if (protocolSeconds < 0)
        {
            return AlwaysPast;
        }

        long expiresAt = protocolSeconds <= MaxRelativeSeconds
            ? now + protocolSeconds
            : protocolSeconds - _startUnixSeconds + FirstSecond;
        return (uint)Math.Clamp(expiresAt, AlwaysPast, uint.MaxValue);
    }
}
