using System.Diagnostics;
using System.Numerics;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Page;

/// <summary>The syscall pages of one loop, and which of their entries are free. The program's side belongs to the loop's thread.</summary>
internal sealed unsafe class SyscallPageSet : SyscallPages
{
    // A stack: the entry freed last is the one still in the cache. Grown into: what was never used is never touched.
    private readonly uint[] _freeEntries;
    private int _freeCount;

    /// <summary>Entries that were used so far: those below.</summary>
    private int _usedBefore;

    /// <summary>Maps the pages. They cost address space at once and memory only when first used.</summary>
    /// <param name="pages">Syscall pages of 64 entries: 1 to <see cref="SyscallLoopOptions.MaxPages"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pages"/> is out of range.</exception>
    /// <exception cref="LinuxException">mmap failed.</exception>
    public SyscallPageSet(int pages)
        : base(Map(pages))
    {
        _freeEntries = new uint[EntryCount];
    }

    /// <summary>Entries in use: allocated and not yet freed.</summary>
    public int UsedEntries => _usedBefore - _freeCount;

    /// <summary>Takes a free entry. False when every entry is in use: the page set is full.</summary>
    public bool TryAllocate(out uint index)
    {
        if (_freeCount > 0)
        {
            index = _freeEntries[--_freeCount];
        }
        else if (_usedBefore < EntryCount)
        {
            index = (uint)_usedBefore++;
        }
        else
        {
            index = 0;
            return false;
        }

        Debug.Assert(this[index].Status == (uint)EntryStatus.Free, "free list held an entry that is not free");
        return true;
    }

    /// <summary>Gives an entry back whose call has completed, or that was never published.</summary>
    public void Free(uint index)
    {
        Debug.Assert(this[index].Status != (uint)EntryStatus.Free, "entry freed twice");
        Debug.Assert(_freeCount < _freeEntries.Length, "more entries freed than there are");
        this[index].Status = (uint)EntryStatus.Free;
        _freeEntries[_freeCount++] = index;
    }

    private static byte* Map(int pages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pages, SyscallLoopOptions.MaxPages);

        uint entryCount = (uint)(pages * FlexScAbi.EntriesPerPage);
        uint capacity = BitOperations.RoundUpToPowerOf2(entryCount);
        uint ringBytes = RoundUpToPage(capacity * sizeof(uint));
        uint submissionOffset = FlexScAbi.PageBytes;
        uint completionOffset = submissionOffset + ringBytes;
        uint pagesOffset = completionOffset + ringBytes;
        uint totalBytes = pagesOffset + ((uint)pages * FlexScAbi.PageBytes);

        byte* memory = (byte*)NativeMemoryMap.MapPrivateAnonymous(totalBytes);
        *(ControlPage*)memory = new ControlPage
        {
            Magic = FlexScAbi.Magic,
            Version = FlexScAbi.Version,
            PageCount = (uint)pages,
            EntryCount = entryCount,
            RingCapacity = capacity,
            RingMask = capacity - 1,
            SubmissionRingOffset = submissionOffset,
            CompletionRingOffset = completionOffset,
            PagesOffset = pagesOffset,
            TotalBytes = totalBytes,
        };
        return memory;
    }

    private static uint RoundUpToPage(uint bytes) => (bytes + FlexScAbi.PageBytes - 1) & ~(uint)(FlexScAbi.PageBytes - 1);
}
