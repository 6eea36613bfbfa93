using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// The pages shared with the module, of which this is the program's side. An entry has the index that the call has in the loop's own
/// page set; the entries of one page more are for the backend's own requests. On the loop's thread.
/// </summary>
internal sealed unsafe class ModulePageSet : SyscallPages
{
    private readonly ModuleBuffer* _bufferSlots;
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
        : base(device.Map((uint)(entryCount / FlexScAbi.EntriesPerPage) + 1, (uint)buffers.Count))
    {
        Debug.Assert(EntryCount == entryCount + FlexScAbi.EntriesPerPage, "the module made another number of entries");
        _bufferSlots = (ModuleBuffer*)((byte*)Control + Control->BufferRingOffset);
        _bufferMask = Control->BufferRingCapacity - 1;
        _buffers = buffers;
        FirstOwnIndex = entryCount;
        _generations = new ulong[EntryCount];
        for (int id = 0; id < buffers.Count; id++)
        {
            Provide((ushort)id);
        }

        buffers.AttachExecutor(Provide);
    }

    /// <summary>First index of the entries that no call of the loop has.</summary>
    public int FirstOwnIndex { get; }

    /// <summary>Work waits and every syscall thread is inside a call.</summary>
    public bool WantsThread => Volatile.Read(ref Control->WantsThread) != 0;

    /// <summary>
    /// True when a kick is needed: submissions are there and no syscall thread looks for them.
    /// </summary>
    public bool NeedsKick()
    {
        if (!HasSubmissions)
        {
            return false;
        }

        // Full fence: a syscall thread raises the flag and then looks at the tail once more, we have stored the tail and then
        // look at the flag. With release and acquire alone both may miss the other's store, on x86 too.
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref Control->ExecutorSleeps) != 0;
    }

    /// <summary>Copies an entry into the page and hands it to the module.</summary>
    public void Publish(int index, in SyscallEntry call)
    {
        ref SyscallEntry entry = ref this[(uint)index];
        Debug.Assert(entry.Status is (uint)EntryStatus.Free or (uint)EntryStatus.Done, "published an entry that is in use");
        _generations[index]++;
        entry = call;
        Publish((uint)index);
    }

    /// <summary>The token by which the module knows the use of an entry that was published last.</summary>
    public ulong TokenOf(int index) => (_generations[index] << FlexScAbi.TokenIndexBits) | (uint)index;

    /// <summary>Gives the module a buffer.</summary>
    private void Provide(ushort bufferId)
    {
        uint tail = Control->Buffers.Tail;
        _bufferSlots[tail & _bufferMask] = new ModuleBuffer
        {
            Address = (ulong)_buffers.AddressOf(bufferId),
            Bytes = (uint)_buffers.BufferBytes,
            Id = bufferId,
        };

        // Release: the module that sees the tail must see the slot.
        Volatile.Write(ref Control->Buffers.Tail, tail + 1);
    }
}
