using System.Diagnostics;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Page;

/// <summary>Wants to know when provided buffers are there again, after a call ended with -ENOBUFS.</summary>
public interface IBufferWaiter
{
    /// <summary>Runs on the loop's thread, once for each <see cref="ProvidedBuffers.Await"/>.</summary>
    void OnBuffersAvailable();
}

/// <summary>
/// The receive buffers of a loop. The executor picks one when data is there, so that an idle connection holds none
/// (io_uring's provided buffer rings, Linux 5.19). Whoever gets a completion with a buffer gives the buffer back exactly once.
/// </summary>
public sealed unsafe class ProvidedBuffers
{
    private readonly byte* _memory;
    private readonly nuint _memoryBytes;
    private readonly IPageOwner _owner;
    private readonly int[] _outside;
    private readonly Queue<IBufferWaiter> _waiters = new();
    private Action<ushort> _provide = static _ => { };
    private bool _freed;

    internal ProvidedBuffers(IPageOwner owner, int count, int bufferBytes)
    {
        _owner = owner;
        Count = count;
        BufferBytes = bufferBytes;
        Available = count;
        _outside = new int[count];
        _memoryBytes = (nuint)count * (nuint)bufferBytes;
        _memory = (byte*)NativeMemoryMap.MapPrivateAnonymous(_memoryBytes);
    }

    /// <summary>Number of buffers: <see cref="SyscallLoopOptions.BufferCount"/>.</summary>
    public int Count { get; }

    /// <summary>Bytes of each buffer.</summary>
    public int BufferBytes { get; }

    /// <summary>Buffers the executor may pick. Read it on the loop's thread.</summary>
    public int Available { get; private set; }

    /// <summary>Address of a buffer; valid until it is given back.</summary>
    public byte* AddressOf(ushort bufferId)
    {
        Debug.Assert(bufferId < Count, "buffer id out of range");
        return _memory + ((nuint)bufferId * (nuint)BufferBytes);
    }

    /// <summary>Gives a buffer back, once, from any thread.</summary>
    /// <exception cref="InvalidOperationException">The buffer is not outside: it was given back before.</exception>
    public void Return(ushort bufferId)
    {
        if (bufferId >= Count || Interlocked.Exchange(ref _outside[bufferId], 0) == 0)
        {
            throw new InvalidOperationException($"provided buffer {bufferId} is not in use: it was given back before");
        }

        if (_owner.IsCurrentThread)
        {
            ProvideAgain(bufferId);
        }
        else
        {
            _owner.TakeBack(bufferId);
        }
    }

    /// <summary>Asks for a call once at least one buffer is there. On the loop's thread. First come, first served.</summary>
    public void Await(IBufferWaiter waiter)
    {
        ArgumentNullException.ThrowIfNull(waiter);
        _waiters.Enqueue(waiter);
    }

    /// <summary>Names who provides buffers to the executor. The executor has all of them at first.</summary>
    internal void AttachExecutor(Action<ushort> provide) => _provide = provide;

    /// <summary>The executor picked a buffer; it is outside until it is given back.</summary>
    internal void MarkPicked(ushort bufferId)
    {
        Debug.Assert(_outside[bufferId] == 0, "the executor picked a buffer that is in use");
        _outside[bufferId] = 1;
        Available--;
    }

    /// <summary>The executor had taken a buffer for a call that did not fill it.</summary>
    internal void PutBack(ushort bufferId) => _provide(bufferId);

    /// <summary>Whether somebody waits for a buffer.</summary>
    internal bool HasWaiters => _waiters.Count > 0;

    /// <summary>Those who wait and may be served now: at most one for each buffer.</summary>
    internal int ServableWaiters => Math.Min(Available, _waiters.Count);

    /// <summary>The next one to serve.</summary>
    internal IBufferWaiter TakeWaiter() => _waiters.Dequeue();

    /// <summary>The executor may pick a buffer again that was given back.</summary>
    internal void ProvideAgain(ushort bufferId)
    {
        if (_freed)
        {
            return;
        }

        Available++;
        _provide(bufferId);
    }

    internal void Free()
    {
        if (!_freed)
        {
            _freed = true;
            NativeMemoryMap.Unmap(_memory, _memoryBytes);
        }
    }
}
