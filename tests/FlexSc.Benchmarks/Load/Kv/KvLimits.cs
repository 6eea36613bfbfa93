namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>Defaults and bounds of the key-value load.</summary>
internal static class KvLimits
{
    public const int DefaultKeys = 10_000;
    public const int DefaultValueBytes = 32;
    public const int DefaultGetsPerSet = 9;

    public const int MaxConnections = 20_000;
    public const int MaxKeys = 1_000_000;
    public const int MaxGetsPerSet = 1_000_000;

    // Together a batch of 64 KiB: less than the smallest send buffer of a loopback connection, so that a write is never short.
    public const int MaxDepth = 64;
    public const int MaxValueBytes = 1024;
}
