namespace FlexSc.Interop.Loop;

/// <summary>Posted work that has not run yet, wherever it waits. What may wait is bounded; the queue itself is the loop thread's.</summary>
/// <param name="limit">Most items: <see cref="Page.SyscallLoopOptions.PostedWorkLimit"/>.</param>
internal sealed class PostedWork(int limit)
{
    private readonly Queue<Action<SyscallLoop>> _queue = new();

    /// <summary>Those that wait, in the queue or on their way to it.</summary>
    private int _waiting;

    /// <summary>Items in the queue.</summary>
    public int Count => _queue.Count;

    /// <summary>Counts an item that is to be handed over. From any thread.</summary>
    /// <returns>False when as many wait as may.</returns>
    public bool TryAdmit()
    {
        if (Interlocked.Increment(ref _waiting) <= limit)
        {
            return true;
        }

        Withdraw();
        return false;
    }

    /// <summary>An item that was admitted waits no more. From any thread.</summary>
    public void Withdraw() => Interlocked.Decrement(ref _waiting);

    /// <summary>An item that was admitted has come.</summary>
    public void Enqueue(Action<SyscallLoop> work) => _queue.Enqueue(work);

    /// <summary>Takes the oldest item.</summary>
    public bool TryDequeue(out Action<SyscallLoop> work)
    {
        if (!_queue.TryDequeue(out work!))
        {
            return false;
        }

        Withdraw();
        return true;
    }
}
