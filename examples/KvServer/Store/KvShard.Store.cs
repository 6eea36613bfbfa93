using System.Buffers.Text;

namespace FlexSc.Examples.KvServer.Store;

/// <content>The storage commands and the arithmetic ones.</content>
internal sealed unsafe partial class KvShard
{
    // 2^64 - 1 has twenty digits.
    private const int MaxNumberBytes = 20;

    private static ReadOnlySpan<byte> Terminator => "\r\n"u8;

    public bool FitsItemLimit(int keyLength, long valueLength) => keyLength + valueLength <= _maxItemBytes;

    /// <summary>Stores a value that is complete. Overwrites in place when the block of the old value has the size the new one needs.</summary>
    public StoreResult Store(in StoreRequest request, ReadOnlySpan<byte> key, uint hash, ReadOnlySpan<byte> value, uint now)
    {
        KvItem* existing = Find(key, hash, now);
        Counters.Sets++;
        StoreOutcome outcome = Judge(request, existing, now);
        if (outcome != StoreOutcome.Stored)
        {
            return outcome;
        }

        return request.Mode is StoreMode.Append or StoreMode.Prepend && existing != null
            ? Extend(request, existing, value, now)
            : Overwrite(request, existing, key, hash, value, now);
    }

    /// <summary>Adds to or subtracts from a decimal value.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="key">Of which item.</param>
    /// <param name="hash">The key's.</param>
    /// <param name="now">The second.</param>
    /// <param name="item">The changed item, which may have moved; null where none was changed.</param>
    /// <param name="result">Its number.</param>
    public ArithmeticOutcome Arithmetic(
        in ArithmeticRequest request, ReadOnlySpan<byte> key, uint hash, uint now, out KvItem* item, out ulong result)
    {
        item = null;
        result = 0;
        KvItem* found = Find(key, hash, now);
        CountArithmetic(request.Increments, found);
        if (found == null)
        {
            return ArithmeticOutcome.NotFound;
        }

        // An empty value is no number whatever its unique is, and one that is not the expected one is not looked at.
        if (request.Cas != 0 && request.Cas != found->Cas && found->ValueLength > 0)
        {
            return ArithmeticOutcome.Exists;
        }

        if (!StoredNumber.TryParse(KvItem.Value(found), out ulong value))
        {
            return ArithmeticOutcome.NotNumeric;
        }

        result = request.Increments ? unchecked(value + request.Delta) : value - Math.Min(value, request.Delta);
        item = WriteNumber(found, result, request.NewCas, now);
        return item != null ? ArithmeticOutcome.Changed : ArithmeticOutcome.OutOfMemory;
    }

    private StoreOutcome Judge(in StoreRequest request, KvItem* existing, uint now)
    {
        switch (request.Mode)
        {
            case StoreMode.Add:
                if (existing == null)
                {
                    return StoreOutcome.Stored;
                }

                // A refused add is a use of the item: the client will read it next.
                MarkUsed(existing, now);
                return StoreOutcome.NotStored;
            case StoreMode.Replace:
                return existing == null ? StoreOutcome.NotStored : StoreOutcome.Stored;
            case StoreMode.Append or StoreMode.Prepend:
                return existing == null ? (request.Has(StoreOptions.CreatesOnMiss) ? StoreOutcome.Stored : StoreOutcome.NotStored)
                    : request.Cas == 0 || request.Cas == existing->Cas ? StoreOutcome.Stored
                    : StoreOutcome.Exists;
            case StoreMode.Cas:
                return JudgeCas(request, existing);
            default:
                return StoreOutcome.Stored;
        }
    }

    private StoreOutcome JudgeCas(in StoreRequest request, KvItem* existing)
    {
        if (existing == null)
        {
            Counters.CasMisses++;
            return StoreOutcome.NotFound;
        }

        if (existing->Cas == request.Cas)
        {
            _sizeClasses[existing->SizeClass].CasHits++;
            return StoreOutcome.Stored;
        }

        if (IsOlder(request, existing))
        {
            return StoreOutcome.Stored;
        }

        _sizeClasses[existing->SizeClass].CasMismatches++;
        return StoreOutcome.Exists;
    }

    private static bool IsOlder(in StoreRequest request, KvItem* existing) =>
        request.Has(StoreOptions.OlderIsStale) && request.Cas != 0 && request.Cas < existing->Cas;

    private StoreResult Overwrite(
        in StoreRequest request, KvItem* existing, ReadOnlySpan<byte> key, uint hash, ReadOnlySpan<byte> value, uint now)
    {
        KvItem* item = existing;
        if (existing == null || existing->BlockBytes != SizeClasses.BlockBytesFor(KvItem.TotalBytes(key.Length, value.Length)))
        {
            item = Allocate(key, hash, value.Length, existing, now);
            if (item == null)
            {
                if (request.Mode == StoreMode.Set)
                {
                    RemoveStale(key, hash, now);
                }

                return StoreOutcome.OutOfMemory;
            }
        }
        else
        {
            _sizeClasses[item->SizeClass].UsedBytes += value.Length - item->ValueLength;
            item->ValueLength = value.Length;
        }

        Describe(item, request, existing);
        WriteValue(item, value, default);
        return PutInPlaceOf(existing, item, request.NewCas, now);
    }

    /// <summary>Sets what is no part of the value. The item may be the existing one, whose value is overwritten.</summary>
    private static void Describe(KvItem* item, in StoreRequest request, KvItem* existing)
    {
        ItemState state = request.Has(StoreOptions.KeyIsBinary) ? ItemState.KeyIsBinary : ItemState.None;
        uint expiresAt = request.ExpiresAt;
        if (existing != null && request.Mode == StoreMode.Cas && request.Cas != existing->Cas)
        {
            // The client knew an older version: its value is there for who wants to wait for a newer one, and not longer than before.
            state |= ItemState.Stale | (existing->State & ItemState.WinnerTold);
            expiresAt = existing->ExpiresAt;
        }

        item->State = state;
        item->Flags = request.Flags;
        item->ExpiresAt = expiresAt;
    }

    private StoreResult Extend(in StoreRequest request, KvItem* existing, ReadOnlySpan<byte> addition, uint now)
    {
        int length = existing->ValueLength + addition.Length;
        if (!FitsItemLimit(existing->KeyLength, length))
        {
            return StoreOutcome.NotStored;
        }

        KvItem* item = Allocate(KvItem.Key(existing), existing->Hash, length, existing, now);
        if (item == null)
        {
            return StoreOutcome.OutOfMemory;
        }

        item->Flags = existing->Flags;
        item->ExpiresAt = existing->ExpiresAt;
        item->State = existing->State & ItemState.KeyIsBinary;
        ReadOnlySpan<byte> old = KvItem.Value(existing);
        if (request.Mode == StoreMode.Append)
        {
            WriteValue(item, old, addition);
        }
        else
        {
            WriteValue(item, addition, old);
        }

        return PutInPlaceOf(existing, item, request.NewCas, now);
    }

    /// <returns>The item, which may have moved; null, and the number as it was, without memory.</returns>
    private KvItem* WriteNumber(KvItem* item, ulong number, ulong newCas, uint now)
    {
        Span<byte> digits = stackalloc byte[MaxNumberBytes];
        Utf8Formatter.TryFormat(number, digits, out int digitCount);
        if (digitCount <= item->ValueLength)
        {
            // The value keeps its length, padded: clients of memcached know this shape.
            Span<byte> value = KvItem.Value(item);
            digits[..digitCount].CopyTo(value);
            value[digitCount..].Fill((byte)' ');
            PutInPlaceOf(item, item, newCas, now);
            return item;
        }

        KvItem* longer = Allocate(KvItem.Key(item), item->Hash, digitCount, item, now);
        if (longer == null)
        {
            return null;
        }

        longer->Flags = item->Flags;
        longer->ExpiresAt = item->ExpiresAt;
        longer->State = item->State & ItemState.KeyIsBinary;
        WriteValue(longer, digits[..digitCount], default);
        PutInPlaceOf(item, longer, newCas, now);
        return longer;
    }

    private StoreResult PutInPlaceOf(KvItem* existing, KvItem* item, ulong newCas, uint now)
    {
        _sizeClasses[item->SizeClass].Stores++;
        if (item == existing)
        {
            item->Cas = newCas != 0 ? newCas : NextCas();
            MarkUsed(item, now);
        }
        else
        {
            if (existing != null)
            {
                Remove(existing);
            }

            Link(item, newCas, now);
        }

        return new StoreResult(StoreOutcome.Stored, item->Cas, item->ValueLength);
    }

    private void CountArithmetic(bool increments, KvItem* found)
    {
        if (found == null)
        {
            Counters.IncrementMisses += increments ? 1 : 0;
            Counters.DecrementMisses += increments ? 0 : 1;
            return;
        }

        ref SizeClassCounters counters = ref _sizeClasses[found->SizeClass];
        counters.IncrementHits += increments ? 1 : 0;
        counters.DecrementHits += increments ? 0 : 1;
    }

    private static void WriteValue(KvItem* item, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<byte> target = KvItem.ValueAndTerminator(item);
        first.CopyTo(target);
        second.CopyTo(target[first.Length..]);
        Terminator.CopyTo(target[^KvItem.TerminatorBytes..]);
    }
}
