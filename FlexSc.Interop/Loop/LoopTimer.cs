namespace FlexSc.Interop.Loop;

/// <summary>Something that becomes due on a loop. One object is one timer, to be started again and again without allocation.</summary>
public abstract class LoopTimer
{
    /// <summary>Place in the loop's heap; negative when not started.</summary>
    internal int HeapIndex { get; set; } = -1;

    internal long DueTimestamp { get; set; }

    /// <summary>True from the start until it is due or stopped. Read it on the loop's thread.</summary>
    public bool IsStarted => HeapIndex >= 0;

    /// <summary>Runs on the loop's thread; the timer may be started again. An exception goes to <see cref="ILoopHost.OnCallbackFailed"/>.</summary>
    protected internal abstract void OnDue(SyscallLoop loop);

    /// <summary>The loop ends before the timer is due: it will not be. Runs on the loop's thread, which takes no calls any more.</summary>
    protected internal virtual void OnNotDue(SyscallLoop loop)
    {
    }
}
