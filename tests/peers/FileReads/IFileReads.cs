namespace FlexSc.Peers.FileReads;

/// <summary>What is read.</summary>
/// <param name="Name">As it is told.</param>
/// <param name="Bytes">Of each read.</param>
/// <param name="Readers">How many read at once, each one read at a time.</param>
/// <param name="IsRandom">At places at random; else one after the other, and from the begin again at the end.</param>
internal sealed record Load(string Name, int Bytes, int Readers, bool IsRandom);

/// <summary>A way to read a file.</summary>
internal interface IFileReads
{
    string Name { get; }

    /// <summary>Reads until the count says that it is enough; then all readers have ended.</summary>
    Task RunAsync(Load load, ReadCount count);
}

/// <summary>Counts, in a place of each reader's own, and says when it is enough.</summary>
internal sealed class ReadCount : IDisposable
{
    private readonly ThreadLocal<long[]> _counts = new(static () => new long[16], trackAllValues: true);
    private volatile bool _stopped;

    public bool IsStopped => _stopped;

    public long Reads => _counts.Values.Sum(static counts => Volatile.Read(ref counts[0]));

    /// <summary>One more, of as many bytes as it should have.</summary>
    public void Add(int bytes, Load load)
    {
        if (bytes != load.Bytes)
        {
            throw new InvalidOperationException($"{bytes} bytes were read in the place of {load.Bytes}");
        }

        _counts.Value![0]++;
    }

    public void Stop() => _stopped = true;

    public void Dispose() => _counts.Dispose();
}

/// <summary>Where a reader reads next.</summary>
internal struct Places(Load load, long length, int seed)
{
    private readonly long _count = length / load.Bytes;
    private ulong _random = ((ulong)seed * 0x9E3779B97F4A7C15) | 1;
    private long _next;

    public long Next()
    {
        if (!load.IsRandom)
        {
            return _next++ % _count * load.Bytes;
        }

        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        return (long)(_random % (ulong)_count) * load.Bytes;
    }
}
