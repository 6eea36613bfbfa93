using System.Globalization;

namespace FlexSc.Simulation.Kv;

internal enum KvKind
{
    Set,
    SetExpired,
    Add,
    Replace,
    Append,
    Prepend,
    Cas,
    Delete,
    Increment,
    Get,
    Gets,
    Touch,
}

/// <summary>What a store holds under a key.</summary>
/// <param name="Value">The value; null for nothing.</param>
/// <param name="Flags">The client's flags.</param>
/// <param name="Unique">The unique of a gets; 0 as long as nobody has seen it.</param>
internal readonly record struct KvState(string? Value, uint Flags, ulong Unique);

/// <summary>A command on one key, from when it was sent until its answer came.</summary>
/// <param name="Kind">The command.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value, or the number to add.</param>
/// <param name="Flags">The client's flags.</param>
/// <param name="Unique">The unique of a cas.</param>
/// <param name="SentAt">When it was sent.</param>
internal sealed record KvOperation(KvKind Kind, string Key, string Value, uint Flags, ulong Unique, long SentAt)
{
    public const long Never = long.MaxValue;

    /// <summary>When it is known to be done; <see cref="Never"/> when its connection was lost: it may have been done, or not.</summary>
    public long DoneAt { get; set; } = Never;

    /// <summary>The answer; null when there was none.</summary>
    public string? Answer { get; set; }

    /// <summary>The value and flags that a get answered; null for a miss.</summary>
    public KvState? Found { get; set; }

    /// <summary>What the store may hold after it, when it held something before and the answer is the one that came.</summary>
    public IEnumerable<KvState> After(KvState before)
    {
        bool isThere = before.Value is not null;
        return Kind switch
        {
            KvKind.Set => If("STORED", new KvState(Value, Flags, 0)),
            KvKind.SetExpired => If("STORED", default),
            KvKind.Add => isThere ? If("NOT_STORED", before) : If("STORED", new KvState(Value, Flags, 0)),
            KvKind.Replace => isThere ? If("STORED", new KvState(Value, Flags, 0)) : If("NOT_STORED", before),
            KvKind.Append => isThere ? If("STORED", before with { Value = before.Value + Value, Unique = 0 }) : If("NOT_STORED", before),
            KvKind.Prepend => isThere ? If("STORED", before with { Value = Value + before.Value, Unique = 0 }) : If("NOT_STORED", before),
            KvKind.Cas => AfterCas(before),
            KvKind.Delete => isThere ? If("DELETED", default) : If("NOT_FOUND", before),
            KvKind.Increment => AfterIncrement(before),
            KvKind.Touch => If(isThere ? "TOUCHED" : "NOT_FOUND", before),
            _ => AfterGet(before),
        };
    }

    public override string ToString() => $"{Kind} {Key} {Value} ({SentAt} to {DoneAt}): {Answer ?? (Found is { } found ? $"{found}" : "a miss, or unknown")}";

    private KvState[] If(string answer, KvState after) => Answer is null || Answer == answer ? [after] : [];

    private KvState[] AfterCas(KvState before)
    {
        if (before.Value is null)
        {
            return If("NOT_FOUND", before);
        }

        KvState[] stored = If("STORED", new KvState(Value, Flags, 0));
        KvState[] exists = If("EXISTS", before);
        return before.Unique == 0 ? [.. stored, .. exists] : before.Unique == Unique ? stored : exists;
    }

    private KvState[] AfterIncrement(KvState before)
    {
        if (before.Value is null)
        {
            return If("NOT_FOUND", before);
        }

        if (!TryReadNumber(before.Value, out ulong number))
        {
            return If("CLIENT_ERROR cannot increment or decrement non-numeric value", before);
        }

        string after = unchecked(number + ulong.Parse(Value, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture);

        // A value does not become shorter: memcached fills it up with blanks.
        return If(after, before with { Value = after.PadRight(before.Value.Length), Unique = 0 });
    }

    /// <summary>The digits up to the first blank, as memcached reads a value; what is behind the blank does not matter.</summary>
    private static bool TryReadNumber(string value, out ulong number)
    {
        ReadOnlySpan<char> text = value.AsSpan().TrimStart(' ');
        int end = text.IndexOf(' ');
        return ulong.TryParse(end < 0 ? text : text[..end], NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private KvState[] AfterGet(KvState before)
    {
        if (DoneAt == Never)
        {
            return [before];
        }

        if (Found is not { } found)
        {
            return before.Value is null ? [before] : [];
        }

        bool isSame = before.Value == found.Value && before.Flags == found.Flags && (Kind == KvKind.Get || before.Unique == 0 || before.Unique == found.Unique);
        return isSame ? [before with { Unique = Kind == KvKind.Gets ? found.Unique : before.Unique }] : [];
    }
}
