using System.Text;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>A small file as it was when it was last looked at, and the head that it is sent with. From any thread.</summary>
internal sealed class CachedFile(string name, FileMetadata metadata, byte[] content, long checkedMs)
{
    private long _checkedMs = checkedMs;
    private int _claimed;

    public FileMetadata Metadata => metadata;

    public byte[] Content => content;

    /// <summary>What follows the fields that every 200 has alike.</summary>
    public byte[] HeadRest { get; } = MakeHeadRest(name, metadata);

    /// <summary>Since when it is known to be so, on the clock of <see cref="Environment.TickCount64"/>.</summary>
    public long CheckedMs => Volatile.Read(ref _checkedMs);

    /// <summary>True for one caller after each <see cref="Confirm"/>: it looks at the file again while others are answered from memory.</summary>
    public bool TryClaimCheck() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <param name="checkedMs">When the look at the file began that found it as it is here.</param>
    public void Confirm(long checkedMs)
    {
        Volatile.Write(ref _checkedMs, checkedMs);
        Volatile.Write(ref _claimed, 0);
    }

    private static byte[] MakeHeadRest(string name, FileMetadata metadata) => Encoding.ASCII.GetBytes(
        $"ETag: {metadata.EntityTag}\r\nLast-Modified: {metadata.LastModifiedUtc(DateTime.UtcNow):R}\r\nAccept-Ranges: bytes\r\n"
        + $"Content-Type: {Encoding.ASCII.GetString(ContentTypes.For(name))}\r\nContent-Length: {metadata.SizeBytes}\r\n\r\n");
}
