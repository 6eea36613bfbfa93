namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>What the key-value load consists of.</summary>
internal sealed record KvLoadOptions(int Keys, int ValueBytes, int GetsPerSet, ulong Seed, KvProtocol Protocol);

/// <summary>How commands and replies are written.</summary>
internal enum KvProtocol
{
    /// <summary>memcached's text protocol.</summary>
    Memcached,

    /// <summary>RESP, version 2, of redis and Garnet.</summary>
    Resp,
}
