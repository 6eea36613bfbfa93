namespace FlexSc.Akka.IO;

/// <summary>Send blocks for bytes that become records: with less room than they have, so that the records fit into one of the same size.</summary>
internal static class TlsBlocks
{
    /// <summary>More than a record is longer than what it carries: header, IV, padding and MAC of any suite.</summary>
    private const int RecordOverheadBytes = 128;

    /// <summary>Bytes that records add to so many.</summary>
    public static int OverheadOf(int plainBytes) => ((plainBytes / TlsRecords.MostPlainBytes) + 1) * RecordOverheadBytes;

    /// <summary>Bytes that fit into a large block.</summary>
    public static int LargeBytesOf(SendBlockPool pool) => pool.LargeBytes - OverheadOf(pool.LargeBytes);

    /// <summary>A block with room for at least so many bytes.</summary>
    public static SendBlock Rent(SendBlockPool pool, int bytes)
    {
        SendBlock block = pool.Rent(bytes + OverheadOf(bytes));
        block.KeptFreeBytes = OverheadOf(block.CapacityBytes);
        return block;
    }
}
