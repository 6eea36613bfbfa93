using System.Buffers.Text;

namespace FlexSc.Examples.KvServer.Store;

/// <summary>What became of a meta delete.</summary>
internal enum MetaDeleteOutcome
{
    Done,
    NotFound,

    /// <summary>Its unique is not the expected one.</summary>
    Exists,
    OutOfMemory,
}

/// <summary>A meta delete without its key.</summary>
internal readonly record struct MetaDeleteRequest
{
    /// <summary>The unique the item must have; null for any.</summary>
    public ulong? Cas { get; init; }

    /// <summary>The unique of an item that stays; 0 for the next of the store's own.</summary>
    public ulong NewCas { get; init; }

    /// <summary>The item stays and is marked as stale.</summary>
    public bool Invalidates { get; init; }

    /// <summary>The item stays, without its value.</summary>
    public bool Empties { get; init; }

    /// <summary>The expiry time of an item that stays; null leaves the one it has.</summary>
    public uint? ExpiresAt { get; init; }

    /// <summary>The client's flags of an item that stays without its value.</summary>
    public uint Flags { get; init; }
}

/// <content>What only the meta commands do.</content>
internal sealed unsafe partial class KvShard
{
    /// <summary>Counts a meta get, after its item was looked for: as a get, or as a touch.</summary>
    public void CountMetaGet(KvItem* item, bool touches)
    {
        if (touches)
        {
            Counters.Touches++;
        }
        else
        {
            Counters.Gets++;
        }

        if (item != null)
        {
            ref SizeClassCounters counters = ref _sizeClasses[item->SizeClass];
            counters.TouchHits += touches ? 1 : 0;
            counters.GetHits += touches ? 0 : 1;
        }
    }

    /// <summary>Makes an item where there is none, with an empty value that whoever is told so shall replace. Null without memory.</summary>
    public KvItem* Create(ReadOnlySpan<byte> key, uint hash, in StoreRequest request, uint now) => Create(key, hash, request, [], now);

    /// <summary>Makes an item where there is none, with a number. Null without memory.</summary>
    public KvItem* Create(ReadOnlySpan<byte> key, uint hash, in StoreRequest request, ulong number, uint now)
    {
        Span<byte> digits = stackalloc byte[MaxNumberBytes];
        Utf8Formatter.TryFormat(number, digits, out int digitCount);
        return Create(key, hash, request, digits[..digitCount], now);
    }

    /// <summary>Deletes an item, or marks it, if it has the expected unique.</summary>
    public MetaDeleteOutcome MetaDelete(in MetaDeleteRequest request, ReadOnlySpan<byte> key, uint hash, uint now)
    {
        KvItem* item = Find(key, hash, now);
        if (item == null || (request.Cas is { } expected && expected != item->Cas))
        {
            Counters.DeleteMisses++;
            return item == null ? MetaDeleteOutcome.NotFound : MetaDeleteOutcome.Exists;
        }

        if (request.Empties)
        {
            item = Empty(item, request, now);
            if (item == null)
            {
                return MetaDeleteOutcome.OutOfMemory;
            }
        }

        if (request.Invalidates)
        {
            item->ExpiresAt = request.ExpiresAt ?? item->ExpiresAt;
            item->State = (item->State | ItemState.Stale) & ~ItemState.WinnerTold;
            item->Cas = request.NewCas != 0 ? request.NewCas : NextCas();
            return MetaDeleteOutcome.Done;
        }

        _sizeClasses[item->SizeClass].DeleteHits++;
        if (!request.Empties)
        {
            Remove(item);
        }

        return MetaDeleteOutcome.Done;
    }

    // The value is what is deleted: of the item, its key and its unique are left.
    private KvItem* Empty(KvItem* item, in MetaDeleteRequest request, uint now)
    {
        KvItem* empty = Allocate(KvItem.Key(item), item->Hash, 0, item, now);
        if (empty == null)
        {
            return null;
        }

        ulong cas = request.NewCas != 0 ? request.NewCas : item->Cas;
        empty->State = item->State & ItemState.KeyIsBinary;
        empty->Flags = request.Flags;
        empty->ExpiresAt = request.ExpiresAt ?? 0;
        WriteValue(empty, default, default);
        PutInPlaceOf(item, empty, cas, now);
        return empty;
    }

    private KvItem* Create(ReadOnlySpan<byte> key, uint hash, in StoreRequest request, ReadOnlySpan<byte> value, uint now)
    {
        KvItem* item = Allocate(key, hash, value.Length, keep: null, now);
        if (item != null)
        {
            Describe(item, request, existing: null);
            WriteValue(item, value, default);
            Link(item, request.NewCas, now);
        }

        return item;
    }
}
