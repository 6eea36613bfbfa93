namespace FlexSc.Interop.Backends.Readiness;

/// <summary>First and last of the calls that wait on a descriptor, in the order of their submission.</summary>
internal struct CallQueue
{
    /// <summary>First entry; -1 when nothing waits.</summary>
    public int Head;

    /// <summary>Last entry.</summary>
    public int Tail;

    public static CallQueue Empty => new() { Head = -1, Tail = -1 };

    public readonly bool IsEmpty => Head < 0;
}

/// <summary>The calls of a page set by entry index, chained into queues without allocation.</summary>
internal sealed class PendingCalls(int entryCount)
{
    private readonly PendingCall[] _calls = new PendingCall[entryCount];

    public int Count => _calls.Length;

    public ref PendingCall this[int index] => ref _calls[index];

    public void Enqueue(ref CallQueue queue, int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Next = -1;
        call.Previous = queue.Tail;
        if (queue.Tail < 0)
        {
            queue.Head = index;
        }
        else
        {
            _calls[queue.Tail].Next = index;
        }

        queue.Tail = index;
    }

    public void Remove(ref CallQueue queue, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (call.Previous < 0)
        {
            queue.Head = call.Next;
        }
        else
        {
            _calls[call.Previous].Next = call.Next;
        }

        if (call.Next < 0)
        {
            queue.Tail = call.Previous;
        }
        else
        {
            _calls[call.Next].Previous = call.Previous;
        }
    }
}
