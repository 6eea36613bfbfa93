using System.Diagnostics;

namespace FlexSc.Interop.Loop;

/// <summary>
/// The timers of a loop, the next one on top. A timer knows its place, so one that is stopped leaves at once: most timers of a
/// server are stopped long before they are due, and must not pile up until then.
/// </summary>
internal sealed class TimerHeap
{
    private LoopTimer[] _timers = new LoopTimer[16];

    public int Count { get; private set; }

    /// <summary>Due time of the next timer, on the clock of the loop. Only when there is one.</summary>
    public long NextDue => _timers[0].DueTimestamp;

    public void Add(LoopTimer timer, long dueTimestamp)
    {
        Debug.Assert(!timer.IsStarted, "timer started twice");
        if (Count == _timers.Length)
        {
            Array.Resize(ref _timers, Count * 2);
        }

        timer.DueTimestamp = dueTimestamp;
        SiftUp(Count++, timer);
    }

    public void Remove(LoopTimer timer)
    {
        int hole = timer.HeapIndex;
        Debug.Assert(_timers[hole] == timer, "timer of another loop");
        LoopTimer last = _timers[--Count];
        _timers[Count] = null!;
        timer.HeapIndex = -1;
        if (last == timer)
        {
            return;
        }

        if (hole > 0 && last.DueTimestamp < _timers[(hole - 1) / 2].DueTimestamp)
        {
            SiftUp(hole, last);
        }
        else
        {
            SiftDown(hole, last);
        }
    }

    /// <summary>Takes the next timer if it is due.</summary>
    public bool TryTakeDue(long nowTimestamp, out LoopTimer timer)
    {
        if (Count == 0 || NextDue > nowTimestamp)
        {
            timer = null!;
            return false;
        }

        timer = Take();
        return true;
    }

    /// <summary>Takes the next timer, due or not. Only when there is one.</summary>
    public LoopTimer Take()
    {
        LoopTimer timer = _timers[0];
        Remove(timer);
        return timer;
    }

    private void SiftUp(int index, LoopTimer timer)
    {
        while (index > 0)
        {
            int parent = (index - 1) / 2;
            if (_timers[parent].DueTimestamp <= timer.DueTimestamp)
            {
                break;
            }

            Place(index, _timers[parent]);
            index = parent;
        }

        Place(index, timer);
    }

    private void SiftDown(int index, LoopTimer timer)
    {
        while (true)
        {
            int child = (2 * index) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && _timers[child + 1].DueTimestamp < _timers[child].DueTimestamp)
            {
                child++;
            }

            if (_timers[child].DueTimestamp >= timer.DueTimestamp)
            {
                break;
            }

            Place(index, _timers[child]);
            index = child;
        }

        Place(index, timer);
    }

    private void Place(int index, LoopTimer timer)
    {
        _timers[index] = timer;
        timer.HeapIndex = index;
    }
}
