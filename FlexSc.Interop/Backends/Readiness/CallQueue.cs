using FlexSc.Interop.Linux;

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

/// <summary>The calls of some queues of a descriptor, one queue after the other. The present one may leave its queue meanwhile.</summary>
internal struct WaitingCalls(PendingCalls calls, Descriptor descriptor, CallDirection first)
{
    private CallDirection _direction = first - 1;
    private int _next = -1;

    public int Current { get; private set; } = -1;

    public readonly WaitingCalls GetEnumerator() => this;

    public bool MoveNext()
    {
        while (_next < 0 && _direction < CallDirection.Either)
        {
            _direction++;
            _next = descriptor.QueueOf(_direction).Head;
        }

        if (_next < 0)
        {
            return false;
        }

        Current = _next;
        _next = calls[Current].Next;
        return true;
    }
}
