using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <content>Awaited calls that a <see cref="CancellationToken"/> may cancel.</content>
public sealed partial class SyscallLoop
{
    private readonly Stack<CancellableOperation> _cancellables = new();
    private readonly Stack<CancelRequest> _cancelRequests = new();
    private readonly Queue<ulong> _cancellations = new();
    private UnreachedCalls? _unreached;

    /// <summary>
    /// Like <see cref="SubmitAsync(int, long, long, long, long, long, long)"/>, for a call that may be cancelled from any thread.
    /// The awaiter goes on after the call's own terminal completion only: with <see cref="OperationCanceledException"/> when it
    /// was cancelled, with its result when it completed anyway. A call that a companion thread executes cannot be interrupted
    /// and completes in its own time. One entry stays free of such calls, so that there is one to cancel with.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from another thread, or every entry is in use, but for one kept to cancel with.</exception>
    /// <exception cref="LoopFailedException">An error has ended the loop, or ends it before the call completes.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; when it was so before, nothing was submitted.</exception>
    public ValueTask<long> SubmitAsync(
        int number, long argument0, long argument1, long argument2, long argument3, long argument4, long argument5, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            return SubmitAsync(number, argument0, argument1, argument2, argument3, argument4, argument5);
        }

        RequireOwnThread();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<long>(cancellationToken);
        }

        CancellableOperation operation = TakeCancellable();
        bool entryIsLeft = _calls.FreeForAll > 1;
        if (!entryIsLeft || !TrySubmit(operation, number, EntryFlags.None, argument0, argument1, argument2, argument3, argument4, argument5))
        {
            ReturnCancellable(operation);
            throw NotSubmitted();
        }

        operation.Watch(cancellationToken);
        return operation.Task;
    }

    /// <summary>
    /// Asks for the call in flight of an operation to be cancelled, if it has one, again and again until it has ended. It completes with
    /// -ECANCELED, with -EINTR where a thread was interrupted that executes it, or with its own result. Unlike <see cref="TryCancel"/> it needs no operation of the
    /// caller's, and where every entry is in use it has the next one that becomes free. On the loop's thread.
    /// </summary>
    public void RequestCancellation(SyscallOperation target)
    {
        ArgumentNullException.ThrowIfNull(target);
        RequireOwnThread();
        if (target.IsPending)
        {
            RequestCancellation(target.Token);
        }
    }

    /// <summary>Asks the loop to cancel a call. From any thread.</summary>
    internal void RequestCancellation(ulong target)
    {
        if (t_current == this)
        {
            _cancellations.Enqueue(target);
            SubmitCancellations();
        }
        else
        {
            // A loop that takes nothing any more has no call in flight.
            _inbox.TryPut(new InboxItem(InboxKind.Cancellation, null, target));
        }
    }

    private void SubmitCancellations()
    {
        while (_cancellations.TryPeek(out ulong target))
        {
            if (_calls.Find(target) is not null && !TrySubmitCancel(target))
            {
                // Every entry is in use; the next one that becomes free is for this.
                return;
            }

            _cancellations.Dequeue();
        }
    }

    /// <summary>A call completes with an error: where it was a cancellation that did not reach a call in flight, that is asked again.</summary>
    private void NoteUnreached(ulong cancellation)
    {
        ref readonly SyscallEntry entry = ref _pages[EntryTokens.IndexOf(cancellation)];
        ulong target = (ulong)entry.Argument0;
        if (entry.Number == FlexScAbi.NumberCancel && _calls.Find(target) is not null)
        {
            (_unreached ??= new UnreachedCalls(this)).Add(target);
        }
    }

    private bool TrySubmitCancel(ulong target)
    {
        if (!_cancelRequests.TryPop(out CancelRequest? request))
        {
            request = new CancelRequest(_cancelRequests);
        }

        bool submitted = TrySubmit(request, FlexScAbi.NumberCancel, argument0: (long)target);
        if (!submitted)
        {
            _cancelRequests.Push(request);
        }

        return submitted;
    }

    private CancellableOperation TakeCancellable()
    {
        lock (_cancellables)
        {
            return _cancellables.TryPop(out CancellableOperation? operation) ? operation : new CancellableOperation(this, _cancellables);
        }
    }

    private void ReturnCancellable(CancellableOperation operation)
    {
        lock (_cancellables)
        {
            _cancellables.Push(operation);
        }
    }

    /// <summary>The cancellation itself; its result tells nothing that the target's completion does not tell better.</summary>
    private sealed class CancelRequest(Stack<CancelRequest> pool) : SyscallOperation
    {
        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion) => pool.Push(this);
    }
}
