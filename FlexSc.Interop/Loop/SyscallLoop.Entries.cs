using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <content>Who may have the entries when there are few left.</content>
public sealed partial class SyscallLoop
{
    /// <summary>Calls that close a descriptor and found no entry: each has the next one that becomes free.</summary>
    private readonly Queue<(AwaitableOperation Operation, long Descriptor)> _closings = new();

    /// <summary>Entries set aside; see <see cref="TryReserveEntries"/>. Read it on the loop's thread.</summary>
    public int ReservedEntries => _calls.Reserved;

    /// <summary>
    /// Sets entries aside for operations with <see cref="SyscallOperation.UsesReservedEntry"/>: as long as no more of them are in
    /// flight than were set aside, each finds its entry, whatever else is submitted. On the loop's thread.
    /// </summary>
    /// <returns>False when so many are not free.</returns>
    public bool TryReserveEntries(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        RequireOwnThread();
        return _calls.TryReserve(count);
    }

    /// <summary>Ends what <see cref="TryReserveEntries"/> began. On the loop's thread.</summary>
    public void ReleaseEntries(int count)
    {
        RequireOwnThread();
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _calls.Release(count);
        ServeWaitingForEntries();
    }

    /// <summary>An entry became free, or may have.</summary>
    private void ServeWaitingForEntries()
    {
        if (_cancellations.Count > 0)
        {
            SubmitCancellations();
        }

        while (_closings.TryPeek(out (AwaitableOperation Operation, long Descriptor) closing))
        {
            // Nothing new needs what is set aside while the loop stops, and the loop does not end before it has closed.
            closing.Operation.UsesReservedEntry = _stopping;
            if (!TrySubmit(closing.Operation, SyscallNumber.Close, argument0: closing.Descriptor))
            {
                return;
            }

            _closings.Dequeue();
        }
    }

    private AwaitableOperation TakeAwaitable()
    {
        lock (_awaitables)
        {
            return _awaitables.TryPop(out AwaitableOperation? operation) ? operation : new AwaitableOperation(_awaitables);
        }
    }

    private void ReturnAwaitable(AwaitableOperation operation)
    {
        lock (_awaitables)
        {
            _awaitables.Push(operation);
        }
    }

    private void CloseLater(AwaitableOperation operation, long descriptor)
    {
        if (!_takesNoCalls)
        {
            _closings.Enqueue((operation, descriptor));
            ServeWaitingForEntries();
        }
        else
        {
            // The page reaches nothing any more, so no call of it can be in the way.
            operation.Complete(RawSystemCall.Invoke(SyscallNumber.Close, descriptor));
        }
    }

    private InvalidOperationException NotSubmitted() => _failure is { } failure ? new LoopFailedException(Name, failure)
        : _takesNoCalls ? new InvalidOperationException($"the loop '{Name}' has ended")
        : new InvalidOperationException(
            $"of the {_pages.EntryCount} entries of the page set {_pages.UsedEntries} are in use and {_calls.UnusedReserved} set aside: raise {nameof(SyscallLoopOptions.Pages)} or submit fewer calls at once");
}
