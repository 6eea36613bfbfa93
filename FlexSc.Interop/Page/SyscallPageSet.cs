using System.Diagnostics;
using System.Numerics;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Page;

/// <summary>
/// The memory of one loop: a control page, the two rings and the syscall pages, in one mapping.
/// The program's side (<see cref="TryAllocate"/>, <see cref="Publish"/>, <see cref="Free"/>) belongs to the loop's thread.
/// </summary>
public sealed unsafe class SyscallPageSet : IDisposable
{
    private readonly byte* _memory;
    private readonly nuint _totalBytes;
    private readonly ControlPage* _control;
    private readonly uint* _submissionSlots;
    private readonly uint* _completionSlots;
    private readonly SyscallEntry* _entries;
    private readonly uint _mask;
    private readonly uint[] _freeEntries;
    private int _freeCount;
    private bool _disposed;

    /// <summary>Maps the pages. They cost address space at once and memory only when first used.</summary>
    /// <param name="pages">Syscall pages of 64 entries: 1 to <see cref="FlexScAbi.MaxPages"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="pages"/> is out of range.</exception>
    /// <exception cref="LinuxException">mmap failed.</exception>
    public SyscallPageSet(int pages)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pages, FlexScAbi.MaxPages);

        uint entryCount = (uint)(pages * FlexScAbi.EntriesPerPage);
        uint capacity = BitOperations.RoundUpToPowerOf2(entryCount);
        uint ringBytes = RoundUpToPage(capacity * sizeof(uint));
        uint submissionOffset = FlexScAbi.PageBytes;
        uint completionOffset = submissionOffset + ringBytes;
        uint pagesOffset = completionOffset + ringBytes;
        uint totalBytes = pagesOffset + ((uint)pages * FlexScAbi.PageBytes);

        _memory = (byte*)NativeMemoryMap.MapPrivateAnonymous(totalBytes);
        _totalBytes = totalBytes;
        _control = (ControlPage*)_memory;
        _control->Magic = FlexScAbi.Magic;
        _control->Version = FlexScAbi.Version;
        _control->PageCount = (uint)pages;
        _control->EntryCount = entryCount;
        _control->RingCapacity = capacity;
        _control->RingMask = capacity - 1;
        _control->SubmissionRingOffset = submissionOffset;
        _control->CompletionRingOffset = completionOffset;
        _control->PagesOffset = pagesOffset;
        _control->TotalBytes = totalBytes;

        _mask = capacity - 1;
        _submissionSlots = (uint*)(_memory + submissionOffset);
        _completionSlots = (uint*)(_memory + completionOffset);
        _entries = (SyscallEntry*)(_memory + pagesOffset);

        // A stack: the entry freed last is the one still in the cache. Filled so that low indexes go first,
        // which keeps untouched pages untouched.
        _freeEntries = new uint[entryCount];
        for (uint i = 0; i < entryCount; i++)
        {
            _freeEntries[i] = entryCount - 1 - i;
        }

        _freeCount = (int)entryCount;
    }

    /// <summary>Number of entries.</summary>
    public int EntryCount => _freeEntries.Length;

    /// <summary>Entries in use: allocated and not yet freed.</summary>
    public int UsedEntries => EntryCount - _freeCount;

    /// <summary>Address of the control page, for an executor that maps or registers the set.</summary>
    public ControlPage* Control => _control;

    /// <summary>The entry of an index below <see cref="EntryCount"/>.</summary>
    public ref SyscallEntry this[uint index]
    {
        get
        {
            Debug.Assert(index < (uint)_freeEntries.Length, "entry index out of range");
            return ref _entries[index];
        }
    }

    /// <summary>Takes a free entry. False when every entry is in use: the page set is full.</summary>
    public bool TryAllocate(out uint index)
    {
        if (_freeCount == 0)
        {
            index = 0;
            return false;
        }

        index = _freeEntries[--_freeCount];
        Debug.Assert(_entries[index].Status == (uint)EntryStatus.Free, "free list held an entry that is not free");
        return true;
    }

    /// <summary>Gives an entry back. It must be done, or never have been published.</summary>
    public void Free(uint index)
    {
        Debug.Assert(_entries[index].Status != (uint)EntryStatus.Free, "entry freed twice");
        Debug.Assert(_freeCount < _freeEntries.Length, "more entries freed than there are");
        _entries[index].Status = (uint)EntryStatus.Free;
        _freeEntries[_freeCount++] = index;
    }

    /// <summary>Hands a filled entry to the executor: status SUBMIT, index into the submission ring.</summary>
    public void Publish(uint index)
    {
        // Release: the executor that sees SUBMIT must see the number and the arguments.
        Volatile.Write(ref _entries[index].Status, (uint)EntryStatus.Submit);
        uint tail = _control->Submission.Tail;
        _submissionSlots[tail & _mask] = index;

        // Release: the executor that sees the new tail must see the slot.
        Volatile.Write(ref _control->Submission.Tail, tail + 1);
    }

    /// <summary>True when the executor has submissions to take.</summary>
    public bool HasSubmissions => Volatile.Read(ref _control->Submission.Tail) != Volatile.Read(ref _control->Submission.Head);

    /// <summary>Executor's side: takes the next submitted index. One consumer at a time.</summary>
    public bool TryTakeSubmission(out uint index)
    {
        uint head = _control->Submission.Head;
        if (head == Volatile.Read(ref _control->Submission.Tail))
        {
            index = 0;
            return false;
        }

        index = _submissionSlots[head & _mask];
        Volatile.Write(ref _control->Submission.Head, head + 1);
        return true;
    }

    /// <summary>
    /// Executor's side: stores a result, marks the entry DONE and puts its index into the completion ring.
    /// One producer at a time: executors with several threads take a lock around it.
    /// </summary>
    public void Complete(uint index, long result)
    {
        Debug.Assert(_entries[index].Status is (uint)EntryStatus.Busy or (uint)EntryStatus.Submit, "completed an entry that was not submitted");
        _entries[index].Result = result;

        // Release: whoever sees DONE must see the result.
        Volatile.Write(ref _entries[index].Status, (uint)EntryStatus.Done);
        uint tail = _control->Completion.Tail;
        _completionSlots[tail & _mask] = index;
        Volatile.Write(ref _control->Completion.Tail, tail + 1);
    }

    /// <summary>True when the completion ring holds an index.</summary>
    public bool HasCompletions => Volatile.Read(ref _control->Completion.Tail) != _control->Completion.Head;

    /// <summary>Program's side: takes the next completed index.</summary>
    public bool TryTakeCompletion(out uint index)
    {
        uint head = _control->Completion.Head;
        if (head == Volatile.Read(ref _control->Completion.Tail))
        {
            index = 0;
            return false;
        }

        index = _completionSlots[head & _mask];
        Volatile.Write(ref _control->Completion.Head, head + 1);
        return true;
    }

    /// <summary>Unmaps the memory. No executor may touch it any more.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        NativeMemoryMap.Unmap(_memory, _totalBytes);
    }

    private static uint RoundUpToPage(uint bytes) => (bytes + FlexScAbi.PageBytes - 1) & ~(uint)(FlexScAbi.PageBytes - 1);
}
