using System.Runtime.InteropServices;

namespace FlexSc.Examples.KvServer.Store;

/// <summary>What the meta commands know of an item beside its value.</summary>
[Flags]
internal enum ItemState : byte
{
    None = 0,

    /// <summary>It was read, or touched, since it was stored.</summary>
    Fetched = 1,

    /// <summary>Its value is out of date and served until somebody stores another.</summary>
    Stale = 2,

    /// <summary>One client was told to store another value; all others are told that one was.</summary>
    WinnerTold = 4,

    /// <summary>Its key came in base64, and goes back so.</summary>
    KeyIsBinary = 8,
}

/// <summary>Header of one cached item; the key, the value and the value's CR LF follow it in the same native block.</summary>
/// <remarks>
/// Native and not managed: a full cache holds hundreds of thousands of items, which the garbage collector would
/// otherwise mark on every full collection. Whoever holds the shard's gate may follow the links.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct KvItem
{
    public const int TerminatorBytes = 2;

    public KvItem* NextInBucket;
    public KvItem* Newer;
    public KvItem* Older;
    public ulong Cas;
    public uint Hash;
    public uint Flags;

    /// <summary>Second of <see cref="KvClock"/> at which the item is dead; 0 means never.</summary>
    public uint ExpiresAt;

    /// <summary>Second of <see cref="KvClock"/> at which it was stored or used last.</summary>
    public uint UsedAt;

    /// <summary>How many flushes its shard had seen when it was stored.</summary>
    public uint Flushes;

    public int ValueLength;
    public int BlockBytes;
    public byte KeyLength;

    /// <summary>The class of its block's size, see <see cref="SizeClasses"/>.</summary>
    public byte SizeClass;

    public ItemState State;

    /// <summary>What lies before the value.</summary>
    public static long HeadBytes(int keyLength) => sizeof(KvItem) + (long)keyLength;

    public static long TotalBytes(int keyLength, int valueLength) => HeadBytes(keyLength) + valueLength + TerminatorBytes;

    public static ReadOnlySpan<byte> Key(KvItem* item) => new(item + 1, item->KeyLength);

    public static Span<byte> Value(KvItem* item) => new((byte*)(item + 1) + item->KeyLength, item->ValueLength);

    /// <summary>The value with its CR LF: what a set receives and a get sends, in one piece.</summary>
    public static Span<byte> ValueAndTerminator(KvItem* item) =>
        new((byte*)(item + 1) + item->KeyLength, item->ValueLength + TerminatorBytes);

    /// <summary>Bytes of it that are in use.</summary>
    public static long UsedBytes(KvItem* item) => TotalBytes(item->KeyLength, item->ValueLength);

    /// <summary>All of the block behind the key, whatever of it is in use.</summary>
    public static Span<byte> SpaceBehindKey(KvItem* item) =>
        new((byte*)(item + 1) + item->KeyLength, item->BlockBytes - (int)HeadBytes(item->KeyLength));
}
