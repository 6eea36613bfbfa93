using System.Collections.Concurrent;

namespace FlexSc.Interop.Loop;

/// <summary>What an item of a loop's inbox is.</summary>
internal enum InboxKind
{
    /// <summary>Work for the loop itself.</summary>
    Posted,

    /// <summary>Work for its host.</summary>
    Scheduled,

    /// <summary>A call to be cancelled.</summary>
    Cancellation,

    /// <summary>A provided buffer that is given back.</summary>
    Buffer,
}

/// <summary>An item of a loop's inbox.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Work">The work, if it is some.</param>
/// <param name="Value">The token of the call, or the id of the buffer.</param>
internal readonly record struct InboxItem(InboxKind Kind, object? Work, ulong Value);

/// <summary>The memory of the machine.</summary>
internal readonly struct MachineMemory() : IInboxMemory<InboxItem>
{
    private readonly State _state = new();

    public bool IsEmpty => _state.Items.IsEmpty;

    public int Sleeping => Volatile.Read(ref _state.Sleeping);

    public bool IsClosed => Volatile.Read(ref _state.IsClosed);

    public void Add(in InboxItem item) => _state.Items.Enqueue(item);

    public bool TryTake(out InboxItem item) => _state.Items.TryDequeue(out item);

    public void SetSleeping(int state) => Volatile.Write(ref _state.Sleeping, state);

    public int ExchangeSleeping(int state) => Interlocked.Exchange(ref _state.Sleeping, state);

    public void Close() => Volatile.Write(ref _state.IsClosed, true);

    public void Fence() => Interlocked.MemoryBarrier();

    private sealed class State
    {
        public readonly ConcurrentQueue<InboxItem> Items = new();
        public int Sleeping;
        public bool IsClosed;
    }
}
