using System.Diagnostics;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <content>What other threads hand to the loop.</content>
public sealed partial class SyscallLoop
{
    /// <summary>Most items that a turn takes from other threads; they cost some 20 ns each, and what they ask for is bounded apart.</summary>
    private const int ItemsTakenPerTurn = 4096;

    private readonly Inbox<InboxItem, MachineMemory> _inbox;
    private readonly PostedWork _posted;
    private readonly ReadyQueue _ready = new();

    /// <summary>Has work run on the loop's thread, in the order of the calls. From any thread.</summary>
    /// <returns>
    /// False when <see cref="SyscallLoopOptions.PostedWorkLimit"/> items wait, or the loop stops. Work that was taken and that the loop
    /// did not come to goes to <see cref="ILoopHost.OnNotRun"/>.
    /// </returns>
    public bool TryPost(Action<SyscallLoop> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (_stopping)
        {
            return false;
        }

        if (!_posted.TryAdmit())
        {
            return false;
        }

        bool taken = true;
        if (t_current == this)
        {
            _posted.Enqueue(work);
        }
        else
        {
            taken = _inbox.TryPut(new InboxItem(InboxKind.Posted, work, 0));
        }

        if (!taken)
        {
            _posted.Withdraw();
        }

        return taken;
    }

    /// <summary>
    /// Has the host run an item on the loop's thread. From any thread; items of one thread run in their order. There is no
    /// bound: schedule an object again only after it ran, as a mailbox does, so that their number bounds the queue.
    /// </summary>
    /// <returns>
    /// False when the loop has ended. What it took and did not come to before its end goes to <see cref="ILoopHost.OnNotRun"/>.
    /// </returns>
    public bool TrySchedule(object work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Debug.Assert(_host is not null, "work scheduled on a loop without a host");
        if (t_current != this)
        {
            return _inbox.TryPut(new InboxItem(InboxKind.Scheduled, work, 0));
        }

        if (_inbox.IsClosed)
        {
            return false;
        }

        _ready.Enqueue(work);
        return true;
    }

    /// <summary>
    /// Takes out scheduled work that the loop has not come to, because what it runs does not come back. From any thread but the loop's; where
    /// the loop goes on meanwhile, some of it may have been run, and what is taken out is not.
    /// </summary>
    /// <param name="isWanted">Whether an item is to be taken out; all others stay, in their order.</param>
    /// <returns>In the order in which the loop would have come to them.</returns>
    public IReadOnlyList<object> TakeOut(Func<object, bool> isWanted)
    {
        ArgumentNullException.ThrowIfNull(isWanted);
        IReadOnlyList<object> wanted = _ready.TakeOut(_inbox, isWanted);

        // A loop that goes on meanwhile may have found the inbox empty, and not yet what was set aside.
        _inbox.WakeIfAsleep();
        return wanted;
    }

    bool IPageOwner.IsCurrentThread => t_current == this;

    // Quietly: a loop that waits for nothing has no use for it before something else wakes it.
    void IPageOwner.TakeBack(ushort bufferId) => _inbox.TryPut(new InboxItem(InboxKind.Buffer, null, bufferId), quiet: true);

    private void TakeInbox()
    {
        for (int i = 0; i < ItemsTakenPerTurn && _ready.TryTake(_inbox, out InboxItem item); i++)
        {
            switch (item.Kind)
            {
                case InboxKind.Posted:
                    _posted.Enqueue((Action<SyscallLoop>)item.Work!);
                    break;
                case InboxKind.Scheduled:
                    // It is with the others that wait.
                    break;
                case InboxKind.Cancellation:
                    _cancellations.Enqueue(item.Value);
                    break;
                case InboxKind.Buffer:
                    Buffers.ProvideAgain((ushort)item.Value);
                    break;
            }
        }

        ServeWaitingForEntries();
    }

    /// <summary>Gives back what was taken and is not run any more. On the loop's thread, once the inbox is closed.</summary>
    private void GiveBackWork()
    {
        while (_posted.TryDequeue(out Action<SyscallLoop>? work))
        {
            OnLeftBehind(new InboxItem(InboxKind.Posted, work, 0));
        }

        while (_ready.TryDequeue(out object work))
        {
            OnLeftBehind(new InboxItem(InboxKind.Scheduled, work, 0));
        }

        // In this order: what somebody takes from the inbox meanwhile is set aside when this waits for it.
        _inbox.GiveBack();
        while (_ready.TryTakeSetAside(out InboxItem item))
        {
            OnLeftBehind(item);
        }
    }

    private void OnLeftBehind(InboxItem item)
    {
        // A cancellation has nothing to cancel any more, and a buffer nobody to fill it.
        if (item.Work is not { } work || _host is not { } host)
        {
            return;
        }

        try
        {
            host.OnNotRun(this, work);
        }
        catch (Exception exception)
        {
            _callbacks.OnFailed(work, exception);
        }
    }
}
