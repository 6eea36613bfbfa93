using System.Runtime.InteropServices;
using FlexSc.Interop.Loop;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>
/// The calls on files that may be under way at once on one loop, each with a chunk of memory. Connections have their entries of
/// the page set for certain because files never take more than these. On the loop's thread unless a member says otherwise.
/// </summary>
internal sealed class FileSlots(SyscallLoop loop, int limit, int chunkBytes)
{
    private readonly Stack<FileSlot> _free = new();
    private readonly Queue<TaskCompletionSource<FileSlot>> _waiting = new();
    private int _made;

    /// <summary>A slot, as soon as there is one; the caller goes on on the loop's thread and returns it.</summary>
    public ValueTask<FileSlot> TakeAsync()
    {
        if (_free.TryPop(out FileSlot? slot))
        {
            return new ValueTask<FileSlot>(slot);
        }

        if (_made < limit)
        {
            _made++;
            return new ValueTask<FileSlot>(new FileSlot(this, chunkBytes));
        }

        // Not asynchronously: whoever gets it submits calls, which only the loop's thread may.
        TaskCompletionSource<FileSlot> waiting = new();
        _waiting.Enqueue(waiting);
        return new ValueTask<FileSlot>(waiting.Task);
    }

    /// <summary>From any thread: a handler that follows its connection may have begun a read on the loop it came from.</summary>
    public void Return(FileSlot slot)
    {
        if (SyscallLoop.Current == loop)
        {
            ReturnHere(slot);
        }
        else if (!loop.TryPost(_ => ReturnHere(slot)) && !loop.IsStopping)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static returned => returned.Return(), slot, preferLocal: false);
        }
    }

    private void ReturnHere(FileSlot slot)
    {
        if (_waiting.TryDequeue(out TaskCompletionSource<FileSlot>? waiting))
        {
            waiting.SetResult(slot);
        }
        else
        {
            _free.Push(slot);
        }
    }
}

/// <summary>A call on a file that may be under way, and where it reads to.</summary>
internal sealed class FileSlot(FileSlots owner, int chunkBytes) : FileChunk
{
    private byte[] _chunk = [];

    /// <summary>Memory of one chunk; made at the first read and kept. It is pinned from birth, so that reading pins nothing.</summary>
    public Memory<byte> Chunk
    {
        get
        {
            if (_chunk.Length == 0)
            {
                _chunk = GC.AllocateUninitializedArray<byte>(chunkBytes, pinned: true);
            }

            return MemoryMarshal.CreateFromPinnedArray(_chunk, 0, _chunk.Length);
        }
    }

    /// <summary>Bytes the last read put there.</summary>
    public int LengthBytes { get; set; }

    public override ReadOnlySpan<byte> Span => _chunk.AsSpan(0, LengthBytes);

    public override void Return() => owner.Return(this);
}
