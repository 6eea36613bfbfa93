using System.Diagnostics;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Page;

/// <summary>
/// Memory that a program and the executor of its calls share: a control page, the two rings and the syscall pages, in one mapping,
/// whoever has made it. What the program does and what the executor does, of whom each is one thread at a time.
/// </summary>
internal abstract unsafe class SyscallPages : IDisposable
{
    private readonly byte* _memory;
    private readonly nuint _totalBytes;
    private readonly ControlPage* _control;
    private readonly uint* _submissionSlots;
    private readonly uint* _completionSlots;
    private readonly SyscallEntry* _entries;
    private readonly uint _mask;
    private bool _disposed;

    /// <param name="memory">Mapped, with a control page that tells what is where; unmapped by <see cref="Dispose"/>.</param>
    protected SyscallPages(byte* memory)
    {
        _memory = memory;
        _control = (ControlPage*)memory;
        Debug.Assert(_control->Magic == FlexScAbi.Magic && _control->Version == FlexScAbi.Version, "not a control page");
        _totalBytes = _control->TotalBytes;
        _submissionSlots = (uint*)(memory + _control->SubmissionRingOffset);
        _completionSlots = (uint*)(memory + _control->CompletionRingOffset);
        _entries = (SyscallEntry*)(memory + _control->PagesOffset);
        _mask = _control->RingMask;
        EntryCount = (int)_control->EntryCount;
    }

    /// <summary>Number of entries.</summary>
    public int EntryCount { get; }

    /// <summary>Address of the control page, for an executor that maps or registers the set.</summary>
    public ControlPage* Control => _control;

    /// <summary>The entry of an index below <see cref="EntryCount"/>.</summary>
    public ref SyscallEntry this[uint index]
    {
        get
        {
            Debug.Assert(index < (uint)EntryCount, "entry index out of range");
            return ref _entries[index];
        }
    }

    /// <summary>Program's side: hands a filled entry to the executor: status SUBMIT, index into the submission ring.</summary>
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
    public bool TryTakeSubmission(out uint index) => TryTake(ref _control->Submission, _submissionSlots, out index);

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
    public bool HasCompletions => AvailableCompletions != 0;

    /// <summary>Program's side: completions that are there to be taken.</summary>
    public uint AvailableCompletions => Volatile.Read(ref _control->Completion.Tail) - _control->Completion.Head;

    /// <summary>Program's side: takes the next completed index.</summary>
    public bool TryTakeCompletion(out uint index) => TryTake(ref _control->Completion, _completionSlots, out index);

    /// <summary>Unmaps the memory. No executor may touch it any more.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            NativeMemoryMap.Unmap(_memory, _totalBytes);
        }
    }

    private bool TryTake(ref IndexRingEnds ends, uint* slots, out uint index)
    {
        uint head = ends.Head;
        if (head == Volatile.Read(ref ends.Tail))
        {
            index = 0;
            return false;
        }

        index = slots[head & _mask];
        Volatile.Write(ref ends.Head, head + 1);
        return true;
    }
}
