using System.Runtime.InteropServices;

namespace FlexSc.Examples.KvServer.Store;

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

    public int ValueLength;
    public int BlockBytes;
    public byte KeyLength;

    /// <summary>What lies before the value.</summary>
    public static long HeadBytes(int keyLength) => sizeof(KvItem) + (long)keyLength;

    public static long TotalBytes(int keyLength, int valueLength) => HeadBytes(keyLength) + valueLength + TerminatorBytes;

    public static ReadOnlySpan<byte> Key(KvItem* item) => new(item + 1, item->KeyLength);

    public static Span<byte> Value(KvItem* item) => new((byte*)(item + 1) + item->KeyLength, item->ValueLength);

    /// <summary>The value with its CR LF: what a set receives and a get sends, in one piece.</summary>
    public static Span<byte> ValueAndTerminator(KvItem* item) =>
        new((byte*)(item + 1) + item->KeyLength, item->ValueLength + TerminatorBytes);

    /// <summary>All of the block behind the key, whatever of it is in use.</summary>
    public static Span<byte> SpaceBehindKey(KvItem* item) =>
        new((byte*)(item + 1) + item->KeyLength, item->BlockBytes - (int)HeadBytes(item->KeyLength));
}
