using System.Diagnostics;

namespace FlexSc.Interop.Loop;

/// <summary>What a loop's memory and another thread's agree on by; see <see cref="Inbox{TItem,TMemory}"/>. One step each.</summary>
internal interface IInboxMemory<TItem>
{
    /// <summary>Adds an item. Others may see it late, until the thread's next fence.</summary>
    void Add(in TItem item);

    /// <summary>Takes the oldest item.</summary>
    bool TryTake(out TItem item);

    /// <summary>Whether there is no item that this thread can see.</summary>
    bool IsEmpty { get; }

    /// <summary>The loop's state; the processor may read it early, before what this thread stored is to be seen.</summary>
    int Sleeping { get; }

    /// <summary>Stores the loop's state; others may see it late.</summary>
    void SetSleeping(int state);

    /// <summary>Stores the loop's state and returns the one before; a full fence.</summary>
    int ExchangeSleeping(int state);

    /// <summary>Whether the inbox is closed.</summary>
    bool IsClosed { get; }

    /// <summary>Closes it; others may see it late.</summary>
    void Close();

    /// <summary>All that this thread stored is to be seen before it reads anything more.</summary>
    void Fence();
}

/// <summary>
/// All that other threads hand to a loop: work, cancellations, buffers they return. It decides when the loop may wait, when it must be
/// woken, and who has what comes as the loop ends. See docs/decisions/0013-inbox.md for why that is right.
/// </summary>
/// <remarks>
/// Who puts: add the item; fence; look whether the loop sleeps, and whether the inbox is closed. The loop: say that it sleeps; fence;
/// look whether there is an item, and only then wait. Of two threads that each store, fence, and then read what the other one stored,
/// at least one reads the other's store: so the loop sees the item, or who puts it sees that the loop sleeps. The same holds of closing.
/// </remarks>
/// <typeparam name="TItem">What is handed over.</typeparam>
/// <typeparam name="TMemory">The memory's steps: those of the machine, or those of a test that tries every order.</typeparam>
internal sealed class Inbox<TItem, TMemory>
    where TMemory : struct, IInboxMemory<TItem>
{
    /// <summary>The loop runs, or is on its way.</summary>
    public const int Awake = 0;

    /// <summary>The loop waits, and what is put quietly may wait as well.</summary>
    public const int Asleep = 1;

    /// <summary>The loop waits, also for what is put quietly.</summary>
    public const int AsleepForAll = 2;

    private readonly Action _wake;
    private readonly Action<TItem> _leftBehind;
    private readonly TMemory _memory;

    /// <param name="memory">Where it is kept.</param>
    /// <param name="wake">Ends the loop's wait; from any thread.</param>
    /// <param name="leftBehind">Gets each item that was taken and that the loop does not come to any more; from any thread.</param>
    public Inbox(TMemory memory, Action wake, Action<TItem> leftBehind)
    {
        _memory = memory;
        _wake = wake;
        _leftBehind = leftBehind;
    }

    /// <summary>Whether nothing is to be taken. From any thread.</summary>
    public bool IsEmpty => _memory.IsEmpty;

    /// <summary>Whether the loop waits. From any thread.</summary>
    public bool IsAsleep => _memory.Sleeping != Awake;

    /// <summary>Whether it takes nothing any more. From any thread.</summary>
    public bool IsClosed => _memory.IsClosed;

    /// <summary>Hands an item over. From any thread but the loop's.</summary>
    /// <param name="item">The item.</param>
    /// <param name="quiet">The loop need not be woken for it, unless it waits for that.</param>
    /// <returns>False when the inbox was closed before. True when the loop takes the item, or it was left behind.</returns>
    public bool TryPut(in TItem item, bool quiet = false)
    {
        if (_memory.IsClosed)
        {
            return false;
        }

        _memory.Add(item);
        _memory.Fence();
        int sleeping = _memory.Sleeping;
        if (sleeping == AsleepForAll || (sleeping == Asleep && !quiet))
        {
            Wake();
        }

        if (_memory.IsClosed)
        {
            // The loop may have looked for the last time before the item was to be seen. What it did not take is ours, and whose it
            // was does not matter.
            GiveBack();
        }

        return true;
    }

    /// <summary>Wakes the loop if it waits. From any thread, after what the loop is to see was stored.</summary>
    public void WakeIfAsleep()
    {
        _memory.Fence();
        if (_memory.Sleeping != Awake)
        {
            Wake();
        }
    }

    /// <summary>Takes the oldest item. On the loop's thread.</summary>
    public bool TryTake(out TItem item) => _memory.TryTake(out item);

    /// <summary>
    /// Says that the loop is about to wait. On the loop's thread. When it answers false, or the caller finds a reason of its own that
    /// was stored before a call of <see cref="WakeIfAsleep"/>, the loop must not wait. <see cref="WakeUp"/> follows in any case.
    /// </summary>
    /// <param name="forAll">Wait for what is put quietly, too.</param>
    /// <returns>Whether the loop may wait: nothing is there.</returns>
    public bool TryFallAsleep(bool forAll)
    {
        _memory.ExchangeSleeping(forAll ? AsleepForAll : Asleep);
        return _memory.IsEmpty;
    }

    /// <summary>The wait is over. On the loop's thread.</summary>
    /// <returns>Whether another thread ended it.</returns>
    public bool WakeUp()
    {
        bool byOther = _memory.Sleeping == Awake;
        _memory.SetSleeping(Awake);
        return byOther;
    }

    /// <summary>Takes nothing from now on. On the loop's thread, which then takes what is there, or gives it back.</summary>
    public void Close()
    {
        _memory.Close();
        _memory.Fence();
    }

    /// <summary>Gives back what is there. From any thread, once it is closed.</summary>
    public void GiveBack()
    {
        Debug.Assert(_memory.IsClosed, "the loop still takes what is put");
        while (_memory.TryTake(out TItem item))
        {
            _leftBehind(item);
        }
    }

    private void Wake()
    {
        // One of those who find the loop waiting wakes it; the others need not.
        if (_memory.ExchangeSleeping(Awake) != Awake)
        {
            _wake();
        }
    }
}
