using System.IO.Hashing;
using System.Security.Cryptography;

namespace FlexSc.Examples.KvServer.Store;

/// <summary>The whole cache: shards by key hash, a clock, and the sums over the shards.</summary>
internal sealed class KvStore : IDisposable
{
    private readonly KvShard[] _shards;
    private readonly int _shardMask;

    private readonly long _hashSeed;

    /// <param name="shardCount">Rounded up to a power of two; one per loop keeps the gates uncontended.</param>
    /// <param name="limitBytes">Memory of all items together; each shard gets an equal part.</param>
    /// <param name="arrivingPercent">How much of it values that are still arriving may take.</param>
    /// <param name="maxItemBytes">Largest key plus value.</param>
    /// <param name="clock">The clock that expiry goes by.</param>
    /// <param name="hashSeed">Where keys land; random without it, so that a client cannot prepare keys that all land in one bucket.</param>
    public KvStore(int shardCount, long limitBytes, int arrivingPercent, int maxItemBytes, KvClock clock, long? hashSeed = null)
    {
        _hashSeed = hashSeed ?? BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
        int count = ShardCountFor(shardCount);
        _shardMask = count - 1;
        _shards = new KvShard[count];
        for (int index = 0; index < count; index++)
        {
            long shardBytes = limitBytes / count;
            _shards[index] = new KvShard(index, count, shardBytes, ArrivingLimitBytes(shardBytes, arrivingPercent), maxItemBytes);
        }

        LimitBytes = limitBytes;
        Clock = clock;
    }

    public KvClock Clock { get; }

    public long LimitBytes { get; }

    public ReadOnlySpan<KvShard> Shards => _shards;

    public static int ShardCountFor(int loops) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)loops);

    /// <summary>Memory that values still arriving may take of a shard's.</summary>
    public static long ArrivingLimitBytes(long shardBytes, int arrivingPercent) => shardBytes / 100 * arrivingPercent;

    public ulong HashOf(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key, _hashSeed);

    /// <summary>Buckets take the low half of a hash, shards the high one, so that a shard's buckets fill evenly.</summary>
    public KvShard ShardOf(ulong hash) => _shards[(int)(hash >> 32) & _shardMask];

    public void Flush(uint at)
    {
        foreach (KvShard shard in _shards)
        {
            lock (shard.Gate)
            {
                if (at == 0)
                {
                    shard.Flush();
                }
                else
                {
                    shard.FlushAt(at);
                }
            }
        }
    }

    /// <summary>Frees dead items of the next <paramref name="bucketsPerShard"/> buckets of every shard.</summary>
    public void Sweep(int bucketsPerShard)
    {
        uint now = Clock.Now;
        foreach (KvShard shard in _shards)
        {
            lock (shard.Gate)
            {
                shard.Sweep(now, bucketsPerShard);
            }
        }
    }

    public StoreFigures Figures()
    {
        StoreFigures figures = default;
        foreach (KvShard shard in _shards)
        {
            lock (shard.Gate)
            {
                figures.Counters.Add(shard.Counters);
                foreach (ref readonly SizeClassCounters counters in shard.SizeClassCounters)
                {
                    figures.Uses.Add(counters);
                }

                figures.Buckets += shard.BucketCount;
                figures.IsTableGrowing |= shard.IsTableGrowing;
                figures.Items += shard.ItemCount;
                figures.UsedBytes += shard.UsedBytes;
                figures.ArrivingBytes += shard.ArrivingBytes;
            }
        }

        return figures;
    }

    /// <summary>What the shards count for each class of sizes, by the class's number.</summary>
    public SizeClassCounters[] SizeClassFigures()
    {
        SizeClassCounters[] figures = new SizeClassCounters[SizeClasses.Count];
        foreach (KvShard shard in _shards)
        {
            lock (shard.Gate)
            {
                for (int sizeClass = 0; sizeClass < figures.Length; sizeClass++)
                {
                    figures[sizeClass].Add(shard.SizeClassCounters[sizeClass]);
                }
            }
        }

        return figures;
    }

    public void ResetCounters()
    {
        foreach (KvShard shard in _shards)
        {
            lock (shard.Gate)
            {
                shard.ResetCounters();
            }
        }
    }

    public void Dispose()
    {
        foreach (KvShard shard in _shards)
        {
            shard.Dispose();
        }
    }
}

/// <summary>Sums over the shards, each shard's part taken at one moment.</summary>
internal struct StoreFigures
{
    public ShardCounters Counters;

    /// <summary>Of all classes of sizes together.</summary>
    public SizeClassCounters Uses;
    public long Items;
    public long UsedBytes;
    public long ArrivingBytes;
    public long Buckets;
    public bool IsTableGrowing;
}
