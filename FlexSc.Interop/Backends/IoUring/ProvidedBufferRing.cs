using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>The ring by which buffers reach the kernel: IORING_REGISTER_PBUF_RING, Linux 5.19. On the loop's thread.</summary>
internal sealed unsafe class ProvidedBufferRing : IDisposable
{
    /// <summary>Buffer group of every loop; a ring of its own each, so one number serves.</summary>
    public const ushort Group = 0;

    private readonly ProvidedBuffers _buffers;
    private readonly BufferRingSlot* _slots;
    private readonly nuint _slotsBytes;
    private readonly uint _mask;

    /// <summary>By buffer, whether the kernel has it to pick.</summary>
    private readonly bool[] _isProvided;
    private ushort _tail;
    private bool _disposed;

    /// <summary>Registers the ring; it has no buffer yet.</summary>
    /// <exception cref="LinuxException">The kernel refuses; the text names the likely cause.</exception>
    public ProvidedBufferRing(SubmissionCompletionRing ring, ProvidedBuffers buffers)
    {
        _buffers = buffers;
        _slotsBytes = (nuint)buffers.Count * (nuint)sizeof(BufferRingSlot);

        // The kernel wants whole pages; an anonymous mapping begins at a page.
        _slots = (BufferRingSlot*)NativeMemoryMap.MapPrivateAnonymous(_slotsBytes);
        _mask = (uint)buffers.Count - 1;
        _isProvided = new bool[buffers.Count];
        try
        {
            ring.RegisterBufferRing(_slots, (uint)buffers.Count, Group);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Provides buffers, and from now on each that is given back.</summary>
    public void Provide(IEnumerable<ushort> bufferIds)
    {
        foreach (ushort id in bufferIds)
        {
            Stage(id);
        }

        Publish();
        _buffers.AttachExecutor(Provide);
    }

    /// <summary>A call has picked a buffer.</summary>
    public void OnPicked(ushort bufferId) => _isProvided[bufferId] = false;

    /// <summary>Ends the registration. No call of the ring may want a buffer any more.</summary>
    /// <returns>The buffers that no call has picked.</returns>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public IReadOnlyList<ushort> TakeBack(SubmissionCompletionRing ring)
    {
        ring.UnregisterBufferRing(Group);
        return [.. Enumerable.Range(0, _isProvided.Length).Where(id => _isProvided[id]).Select(static id => (ushort)id)];
    }

    /// <summary>Frees the slots. The ring it is registered with must be closed before, or the buffers taken back.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            NativeMemoryMap.Unmap(_slots, _slotsBytes);
        }
    }

    private void Provide(ushort bufferId)
    {
        Stage(bufferId);
        Publish();
    }

    private void Stage(ushort bufferId)
    {
        // Field by field: the last two bytes of the first slot are the ring's tail, not the slot's.
        BufferRingSlot* slot = &_slots[_tail & _mask];
        slot->Address = (ulong)_buffers.AddressOf(bufferId);
        slot->Length = (uint)_buffers.BufferBytes;
        slot->BufferId = bufferId;
        _isProvided[bufferId] = true;
        _tail++;
    }

    // Release: the kernel that sees the tail must see the slot.
    private void Publish() => Volatile.Write(ref _slots[0].Tail, _tail);
}
