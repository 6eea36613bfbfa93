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
    public StoreOutcome Store(in StoreRequest request, ReadOnlySpan<byte> key, uint hash, ReadOnlySpan<byte> value, uint now)
    {
        KvItem* existing = Find(key, hash, now);
        Counters.Sets++;
        StoreOutcome outcome = Judge(request, existing);
        if (outcome != StoreOutcome.Stored)
        {
            return outcome;
        }

        return request.Mode is StoreMode.Append or StoreMode.Prepend
            ? Extend(request.Mode, existing, value)
            : Overwrite(request, existing, key, hash, value, now);
    }

    /// <summary>Adds to or subtracts from a decimal value. A sum wraps at 2^64, a difference stops at 0.</summary>
    public ArithmeticOutcome Arithmetic(bool increment, ReadOnlySpan<byte> key, uint hash, ulong delta, uint now, out ulong result)
    {
        KvItem* item = Find(key, hash, now);
        CountArithmetic(increment, hit: item != null);
        result = 0;
        if (item == null)
        {
            return ArithmeticOutcome.NotFound;
        }

        if (!StoredNumber.TryParse(KvItem.Value(item), out ulong value))
        {
            return ArithmeticOutcome.NotNumeric;
        }

        result = increment ? unchecked(value + delta) : value - Math.Min(value, delta);
        return WriteNumber(item, result) ? ArithmeticOutcome.Changed : ArithmeticOutcome.OutOfMemory;
    }

    private StoreOutcome Judge(in StoreRequest request, KvItem* existing)
    {
        switch (request.Mode)
        {
            case StoreMode.Add:
                if (existing == null)
                {
                    return StoreOutcome.Stored;
                }

                // A refused add is a use of the item: the client will read it next.
                _recency.MoveToNewest(existing);
                return StoreOutcome.NotStored;
            case StoreMode.Replace or StoreMode.Append or StoreMode.Prepend:
                return existing == null ? StoreOutcome.NotStored : StoreOutcome.Stored;
            case StoreMode.Cas:
                return JudgeCas(request.Cas, existing);
            default:
                return StoreOutcome.Stored;
        }
    }

    private StoreOutcome JudgeCas(ulong expected, KvItem* existing)
    {
        if (existing == null)
        {
            Counters.CasMisses++;
            return StoreOutcome.NotFound;
        }

        if (existing->Cas != expected)
        {
            Counters.CasMismatches++;
            return StoreOutcome.Exists;
        }

        Counters.CasHits++;
        return StoreOutcome.Stored;
    }

    private StoreOutcome Overwrite(
        in StoreRequest request, KvItem* existing, ReadOnlySpan<byte> key, uint hash, ReadOnlySpan<byte> value, uint now)
    {
        KvItem* item = existing;
        if (existing == null || existing->BlockBytes != BlockBytesFor(KvItem.TotalBytes(key.Length, value.Length)))
        {
            item = Allocate(key, hash, value.Length, existing);
            if (item == null)
            {
                if (request.Mode == StoreMode.Set)
                {
                    RemoveStale(key, hash, now);
                }

                return StoreOutcome.OutOfMemory;
            }
        }

        item->ValueLength = value.Length;
        item->Flags = request.Flags;
        item->ExpiresAt = request.ExpiresAt;
        WriteValue(item, value, default);
        PutInPlaceOf(existing, item);
        return StoreOutcome.Stored;
    }

    private StoreOutcome Extend(StoreMode mode, KvItem* existing, ReadOnlySpan<byte> addition)
    {
        int length = existing->ValueLength + addition.Length;
        if (!FitsItemLimit(existing->KeyLength, length))
        {
            return StoreOutcome.NotStored;
        }

        KvItem* item = Allocate(KvItem.Key(existing), existing->Hash, length, existing);
        if (item == null)
        {
            return StoreOutcome.OutOfMemory;
        }

        item->Flags = existing->Flags;
        item->ExpiresAt = existing->ExpiresAt;
        ReadOnlySpan<byte> old = KvItem.Value(existing);
        if (mode == StoreMode.Append)
        {
            WriteValue(item, old, addition);
        }
        else
        {
            WriteValue(item, addition, old);
        }

        PutInPlaceOf(existing, item);
        return StoreOutcome.Stored;
    }

    private bool WriteNumber(KvItem* item, ulong number)
    {
        Span<byte> digits = stackalloc byte[MaxNumberBytes];
        Utf8Formatter.TryFormat(number, digits, out int digitCount);
        if (digitCount <= item->ValueLength)
        {
            // The value keeps its length, padded: clients of memcached know this shape.
            Span<byte> value = KvItem.Value(item);
            digits[..digitCount].CopyTo(value);
            value[digitCount..].Fill((byte)' ');
            PutInPlaceOf(item, item);
            return true;
        }

        KvItem* longer = Allocate(KvItem.Key(item), item->Hash, digitCount, item);
        if (longer == null)
        {
            return false;
        }

        longer->Flags = item->Flags;
        longer->ExpiresAt = item->ExpiresAt;
        WriteValue(longer, digits[..digitCount], default);
        PutInPlaceOf(item, longer);
        return true;
    }

    private void PutInPlaceOf(KvItem* existing, KvItem* item)
    {
        if (item == existing)
        {
            item->Cas = NextCas();
            _recency.MoveToNewest(item);
            return;
        }

        if (existing != null)
        {
            Remove(existing);
        }

        Link(item);
    }

    private void CountArithmetic(bool increment, bool hit)
    {
        ref long counter = ref Counters.DecrementMisses;
        if (increment)
        {
            counter = ref hit ? ref Counters.IncrementHits : ref Counters.IncrementMisses;
        }
        else if (hit)
        {
            counter = ref Counters.DecrementHits;
        }

        counter++;
    }

    private static void WriteValue(KvItem* item, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        Span<byte> target = KvItem.ValueAndTerminator(item);
        first.CopyTo(target);
        second.CopyTo(target[first.Length..]);
        Terminator.CopyTo(target[^KvItem.TerminatorBytes..]);
    }
}
