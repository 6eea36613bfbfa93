using System.Buffers.Binary;
using System.Text;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>What happens to a file or in a directory, bits of inotify(7).</summary>
internal static class ChangeBits
{
    public const uint Modified = 0x2;
    public const uint ClosedAfterWriting = 0x8;
    public const uint MovedFrom = 0x40;
    public const uint MovedTo = 0x80;
    public const uint Created = 0x100;
    public const uint Deleted = 0x200;
    public const uint SelfDeleted = 0x400;
    public const uint SelfMoved = 0x800;
    public const uint Overflowed = 0x4000;
    public const uint Ended = 0x8000;
    public const uint IsDirectory = 0x4000_0000;
}

/// <summary>A descriptor of inotify(7): what happens to the files that are watched by it, in order, and bounded.</summary>
internal sealed class ChangeQueue(SimulatedKernel kernel, SimulatedProcess owner) : OpenDescription(kernel, owner)
{
    // struct inotify_event: watch, mask, cookie, length of the name with its padding, name.
    private const int HeaderBytes = 16;
    private const int MaskOffset = 4;
    private const int CookieOffset = 8;
    private const int LengthOffset = 12;
    private const int NoWatch = -1;

    private readonly Queue<Record> _records = new();
    private readonly List<FileNode> _watched = [];
    private Record _last;

    public override uint Events => _records.Count > 0 ? In : 0;

    /// <summary>Changes that nobody has read.</summary>
    public int Waiting => _records.Count;

    /// <summary>Changes were lost for want of room.</summary>
    public bool HasOverflowed { get; private set; }

    /// <summary>Watches a file, inotify_add_watch(2).</summary>
    /// <returns>Number of the watch.</returns>
    public int Watch(FileNode node, uint mask)
    {
        int number = _watched.IndexOf(node);
        if (number < 0)
        {
            number = _watched.Count;
            _watched.Add(node);
        }

        node.Watches.RemoveAll(watch => watch.Queue == this);
        node.Watches.Add(new NodeWatch(this, number + 1, mask));
        return number + 1;
    }

    public override long Read(Span<byte> destination)
    {
        if (_records.Count == 0 || IsLate())
        {
            return -Errno.Again;
        }

        int filled = 0;
        while (_records.TryPeek(out Record next))
        {
            int nameBytes = next.Name.Length == 0 ? 0 : (Encoding.UTF8.GetByteCount(next.Name) + HeaderBytes) / HeaderBytes * HeaderBytes;
            if (filled + HeaderBytes + nameBytes > destination.Length)
            {
                return filled == 0 ? -Errno.Invalid : filled;
            }

            Span<byte> record = destination.Slice(filled, HeaderBytes + nameBytes);
            record.Clear();
            BinaryPrimitives.WriteInt32LittleEndian(record, next.Watch);
            BinaryPrimitives.WriteUInt32LittleEndian(record[MaskOffset..], next.Mask);
            BinaryPrimitives.WriteUInt32LittleEndian(record[CookieOffset..], next.Cookie);
            BinaryPrimitives.WriteInt32LittleEndian(record[LengthOffset..], nameBytes);
            Encoding.UTF8.GetBytes(next.Name, record[HeaderBytes..]);
            filled += record.Length;
            _records.Dequeue();
        }

        return filled;
    }

    /// <summary>Something has happened.</summary>
    public void Add(int watch, uint mask, uint cookie, string name)
    {
        Record record = new(watch, mask, cookie, name);
        if (_records.Count > 0 && record == _last)
        {
            // Two that are alike are one, as inotify(7) says.
            return;
        }

        if (_records.Count >= Kernel.Profile.MostQueuedChanges)
        {
            record = new Record(NoWatch, ChangeBits.Overflowed, 0, "");
            HasOverflowed = true;
            if (record == _last)
            {
                return;
            }
        }

        _records.Enqueue(record);
        _last = record;
        Notify();
    }

    protected override void OnClosed() => _watched.ForEach(node => node.Watches.RemoveAll(watch => watch.Queue == this));

    private readonly record struct Record(int Watch, uint Mask, uint Cookie, string Name);
}

/// <summary>Somebody watches a file.</summary>
/// <param name="Queue">Who is told.</param>
/// <param name="Number">Number of the watch.</param>
/// <param name="Mask">What is told.</param>
internal sealed record NodeWatch(ChangeQueue Queue, int Number, uint Mask);
