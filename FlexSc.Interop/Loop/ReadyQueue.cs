namespace FlexSc.Interop.Loop;

/// <summary>
/// What a loop has taken over and not come to. It is the loop's own, and costs it no atomic operation; where the loop does not go on, because
/// what it runs does not come back, another thread may take out what others can do. See docs/decisions/0025-loops-given-up.md.
/// </summary>
/// <remarks>
/// The loop: store that it uses the queue; look whether it is taken. The other: store that it is taken; have all threads of the process fence
/// (membarrier(2)); look whether the loop uses it. Either the loop's store came before its fence, and the other sees it, or its look
/// comes after it, and it sees the other's store. So they never use it at once, and what the other one pays, the loop does not.
/// </remarks>
internal sealed class ReadyQueue
{
    /// <summary>The loop uses it for some nanoseconds, and for longer where its core is taken from it just then: the next attempt is as good.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(10);

    /// <summary>Most items of the inbox at once: others go on to put, and the next attempt takes what is left.</summary>
    private const int MostTakenOut = 1 << 20;

    private readonly Lock _others = new();
    private readonly Queue<object> _items = new();

    /// <summary>What others took from the inbox, and the loop is to take before what is there.</summary>
    private readonly Queue<InboxItem> _setAside = new();
    private bool _isUsed;
    private volatile bool _isTaken;

    /// <summary>Items that wait. From any thread, then possibly a little old.</summary>
    public int Count => _items.Count;

    /// <summary>Whether items of the inbox wait here. On the loop's thread.</summary>
    public bool HasSetAside => _setAside.Count > 0;

    /// <summary>On the loop's thread.</summary>
    public void Enqueue(object work)
    {
        Begin();
        _items.Enqueue(work);
        End();
    }

    /// <summary>On the loop's thread.</summary>
    public bool TryDequeue(out object work)
    {
        Begin();
        bool isThere = _items.TryDequeue(out work!);
        End();
        return isThere;
    }

    /// <summary>Takes the oldest item that was handed over; what is scheduled waits here from then on. On the loop's thread.</summary>
    /// <param name="inbox">Where they come in.</param>
    /// <param name="item">The item.</param>
    /// <returns>False when there is none.</returns>
    public bool TryTake(Inbox<InboxItem, MachineMemory> inbox, out InboxItem item)
    {
        Begin();
        bool isThere = _setAside.TryDequeue(out item) || inbox.TryTake(out item);
        if (isThere && item.Kind == InboxKind.Scheduled)
        {
            _items.Enqueue(item.Work!);
        }

        End();
        return isThere;
    }

    /// <summary>Takes the oldest item that others took from the inbox. On the loop's thread, when it does not come to it any more.</summary>
    public bool TryTakeSetAside(out InboxItem item)
    {
        Begin();
        bool isThere = _setAside.TryDequeue(out item);
        End();
        return isThere;
    }

    /// <summary>Takes out what waits, here and in the inbox, of a loop that does not go on. From any thread but the loop's.</summary>
    /// <param name="inbox">Where they come in.</param>
    /// <param name="isWanted">Which items.</param>
    /// <returns>In the order in which the loop would have come to them; all else stays in its order.</returns>
    public IReadOnlyList<object> TakeOut(Inbox<InboxItem, MachineMemory> inbox, Func<object, bool> isWanted)
    {
        lock (_others)
        {
            _isTaken = true;
            try
            {
                Interlocked.MemoryBarrierProcessWide();
                return SpinWait.SpinUntil(() => !Volatile.Read(ref _isUsed), LongestWait) ? Split(inbox, isWanted) : [];
            }
            finally
            {
                _isTaken = false;
            }
        }
    }

    private List<object> Split(Inbox<InboxItem, MachineMemory> inbox, Func<object, bool> isWanted)
    {
        List<object> wanted = [];
        for (int left = _items.Count; left > 0; left--)
        {
            object work = _items.Dequeue();
            if (isWanted(work))
            {
                wanted.Add(work);
            }
            else
            {
                _items.Enqueue(work);
            }
        }

        // What comes after the end is given back by whoever puts it.
        for (int left = inbox.IsClosed ? 0 : MostTakenOut; left > 0 && inbox.TryTake(out InboxItem item); left--)
        {
            if (item.Kind == InboxKind.Scheduled && isWanted(item.Work!))
            {
                wanted.Add(item.Work!);
            }
            else
            {
                _setAside.Enqueue(item);
            }
        }

        return wanted;
    }

    private void Begin()
    {
        // No fence: the other one has this thread fence, see the remarks.
        Volatile.Write(ref _isUsed, true);
        if (_isTaken)
        {
            Await();
        }
    }

    private void End() => Volatile.Write(ref _isUsed, false);

    private void Await()
    {
        SpinWait spin = default;
        do
        {
            Volatile.Write(ref _isUsed, false);
            while (_isTaken)
            {
                spin.SpinOnce();
            }

            Volatile.Write(ref _isUsed, true);

            // The other one's fence may be over: this one's own, before it looks again.
            Interlocked.MemoryBarrier();
        }
        while (_isTaken);
    }
}
