using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// The memory shared with the module: the program's ends of its rings. An entry has the index that the call has in the loop's own
/// page set; the entries of one page more are for the backend's own requests. On the loop's thread.
/// </summary>
internal sealed unsafe class ModulePageSet : IDisposable
{
    private readonly byte* _memory;
    private readonly nuint _totalBytes;
    private readonly ControlPage* _control;
    private readonly uint* _submissionSlots;
    private readonly uint* _completionSlots;
    private readonly ModuleBuffer* _bufferSlots;
    private readonly SyscallEntry* _entries;
    private readonly uint _mask;
    private readonly uint _bufferMask;
    private readonly ProvidedBuffers _buffers;

    /// <summary>How often each entry was published, which is how often the module will have taken it: its generation there.</summary>
    private readonly ulong[] _generations;

    /// <summary>Sets the page set up, maps it and provides every buffer.</summary>
    /// <param name="device">Not set up.</param>
    /// <param name="entryCount">Entries of the loop's page set.</param>
    /// <param name="buffers">Buffers that the module may pick from now on.</param>
    /// <exception cref="LinuxException">The module refuses, or there is no memory; the text names the remedy.</exception>
    public ModulePageSet(ModuleDevice device, int entryCount, ProvidedBuffers buffers)
    {
        uint pages = (uint)(entryCount / FlexScAbi.EntriesPerPage) + 1;
        _totalBytes = device.Setup(pages, (uint)buffers.Count);
        _memory = device.Map(_totalBytes);
        _control = (ControlPage*)_memory;
        _submissionSlots = (uint*)(_memory + _control->SubmissionRingOffset);
        _completionSlots = (uint*)(_memory + _control->CompletionRingOffset);
        _bufferSlots = (ModuleBuffer*)(_memory + _control->BufferRingOffset);
        _entries = (SyscallEntry*)(_memory + _control->PagesOffset);
        _mask = _control->RingMask;
        _bufferMask = _control->BufferRingCapacity - 1;
        _buffers = buffers;
        Debug.Assert(_control->Magic == FlexScAbi.Magic && _control->Version == FlexScAbi.Version, "not a control page");
        Debug.Assert(_control->EntryCount == pages * FlexScAbi.EntriesPerPage, "the module made another number of entries");

        FirstOwnIndex = entryCount;
        _generations = new ulong[_control->EntryCount];
        for (int id = 0; id < buffers.Count; id++)
        {
            StageBuffer((ushort)id);
        }

        Volatile.Write(ref _control->Buffers.Tail, (uint)buffers.Count);
        buffers.AttachExecutor(Provide);
    }

    /// <summary>First index of the entries that no call of the loop has.</summary>
    public int FirstOwnIndex { get; }

    /// <summary>Entries that no call of the loop has.</summary>
    public int OwnEntryCount => _generations.Length - FirstOwnIndex;

    /// <summary>Result and arguments of a completed entry, until it is published again.</summary>
    public ref readonly SyscallEntry this[int index] => ref _entries[index];

    /// <summary>Completions that are there to be taken.</summary>
    public uint AvailableCompletions => Volatile.Read(ref _control->Completion.Tail) - _control->Completion.Head;

    /// <summary>Work waits and every syscall thread is inside a call.</summary>
    public bool WantsThread => Volatile.Read(ref _control->WantsThread) != 0;

    /// <summary>
    /// True when a kick is needed: submissions are there and no syscall thread looks for them.
    /// </summary>
    public bool NeedsKick()
    {
        if (_control->Submission.Tail == Volatile.Read(ref _control->Submission.Head))
        {
            return false;
        }

        // Full fence: a syscall thread raises the flag and then looks at the tail once more, we have stored the tail and then
        // look at the flag. With release and acquire alone both may miss the other's store, on x86 too.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref _control->ExecutorSleeps) != 0;
    }

    /// <summary>Copies an entry into the page and hands it to the module.</summary>
    public void Publish(int index, in SyscallEntry call)
    {
        ref SyscallEntry entry = ref _entries[index];
        Debug.Assert(entry.Status is (uint)EntryStatus.Free or (uint)EntryStatus.Done, "published an entry that is in use");
        _generations[index]++;
        entry.Number = call.Number;
        entry.ArgumentCount = call.ArgumentCount;
        entry.Flags = call.Flags;
        entry.Argument0 = call.Argument0;
        entry.Argument1 = call.Argument1;
        entry.Argument2 = call.Argument2;
        entry.Argument3 = call.Argument3;
        entry.Argument4 = call.Argument4;
        entry.Argument5 = call.Argument5;

        // Release: the module that sees SUBMIT must see number and arguments, the one that sees the tail must see the slot.
        Volatile.Write(ref entry.Status, (uint)EntryStatus.Submit);
        uint tail = _control->Submission.Tail;
        _submissionSlots[tail & _mask] = (uint)index;
        Volatile.Write(ref _control->Submission.Tail, tail + 1);
    }

    /// <summary>Takes the next completed entry.</summary>
    public bool TryTakeCompletion(out int index)
    {
        uint head = _control->Completion.Head;
        if (head == Volatile.Read(ref _control->Completion.Tail))
        {
            index = -1;
            return false;
        }

        index = (int)_completionSlots[head & _mask];
        Volatile.Write(ref _control->Completion.Head, head + 1);
        Debug.Assert(_entries[index].Status == (uint)EntryStatus.Done, "the module completed an entry that is not done");
        _entries[index].Status = (uint)EntryStatus.Free;
        return true;
    }

    /// <summary>The token by which the module knows the use of an entry that was published last.</summary>
    public ulong TokenOf(int index) => (_generations[index] << FlexScAbi.TokenIndexBits) | (uint)index;

    /// <summary>Gives the module a buffer.</summary>
    public void Provide(ushort bufferId)
    {
        uint tail = _control->Buffers.Tail;
        StageBuffer(bufferId, tail);

        // Release: the module that sees the tail must see the slot.
        Volatile.Write(ref _control->Buffers.Tail, tail + 1);
    }

    /// <summary>Unmaps the memory. No syscall thread may be in.</summary>
    public void Dispose() => NativeMemoryMap.Unmap(_memory, _totalBytes);

    private void StageBuffer(ushort bufferId) => StageBuffer(bufferId, bufferId);

    private void StageBuffer(ushort bufferId, uint position)
    {
        ref ModuleBuffer slot = ref _bufferSlots[position & _bufferMask];
        slot.Address = (ulong)_buffers.AddressOf(bufferId);
        slot.Bytes = (uint)_buffers.BufferBytes;
        slot.Id = bufferId;
    }
}
