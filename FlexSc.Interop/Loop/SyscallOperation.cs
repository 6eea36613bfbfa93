using FlexSc.Interop.Page;
namespace FlexSc.Interop.Loop;

/// <summary>
/// A system call to come and what happens when it completes: libflexsc's <c>flexsc_cb</c>. One object carries one call at a
/// time and is meant to be used again and again, so that a call allocates nothing. It must live on the heap until the
/// terminal completion, which a class does by nature; the slides' example kept it on a stack frame that had returned.
/// </summary>
public abstract class SyscallOperation
{
    /// <summary>Token of the call in flight; 0 when none is.</summary>
    internal ulong Token { get; set; }

    /// <summary>True from the submission to the terminal completion. Read it on the loop's thread.</summary>
    public bool IsPending => Token != 0;

    /// <summary>
    /// Whether the completions may come up to <see cref="SyscallLoopOptions.BatchWaitMicroseconds"/> later, together with others:
    /// for a send whose end nobody waits for, or a receive. Read when a call is submitted; a loop waits for a batch only while all
    /// its calls in flight allow it. False unless set.
    /// </summary>
    public bool MayAwaitBatch { get; set; }

    /// <summary>
    /// Whether calls may take an entry that was set aside (<see cref="SyscallLoop.TryReserveEntries"/>): for what must go on when others
    /// have taken all the rest. Read when a call is submitted. False unless set.
    /// </summary>
    public bool UsesReservedEntry { get; set; }

    /// <summary>Whether the loop counts the call in flight among those that use such an entry.</summary>
    internal bool IsCountedReserved { get; set; }

    /// <summary>Whether the loop counts the call in flight among those that are not to wait.</summary>
    internal bool IsCountedPrompt { get; set; }

    /// <summary>Whether the result of the call in flight is a number of bytes.</summary>
    internal bool Transfers { get; set; }

    /// <summary>
    /// Runs on the loop's thread after the completions of a turn were collected, never inside a submission. The entry is free
    /// already when the completion is terminal, so the same object may be submitted again. An exception goes to
    /// <see cref="ILoopHost.OnCallbackFailed"/>.
    /// </summary>
    protected internal abstract void OnCompleted(SyscallLoop loop, in Completion completion);

    /// <summary>An error has ended the loop, and the call in flight never completes. On the loop's thread.</summary>
    internal virtual void OnAbandoned(LoopFailedException failure)
    {
    }
}
