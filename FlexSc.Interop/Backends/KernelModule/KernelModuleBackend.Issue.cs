using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>What becomes of an entry that is taken from the loop's page, and calls that do not wait for readiness.</content>
internal sealed partial class KernelModuleBackend
{
    private void Issue(int index)
    {
        // The entry is copied before it is looked at: what is checked is what is executed.
        ref SyscallEntry source = ref _pages[(uint)index];
        source.Status = (uint)EntryStatus.Busy;
        ref PendingCall call = ref _calls[index];
        call.Entry = source;
        call.BufferId = -1;
        call.DoneBytes = 0;
        call.CancelRequested = false;
        call.Direction = ReadinessCalls.DirectionOf(call.Entry.Number);
        _cancelledBy[index] = -1;
        if (call.Entry.Flags != EntryFlags.None && !EntryRules.SupportsFlags(call.Entry))
        {
            Complete(index, -Errno.Invalid);
        }
        else if (call.Direction != CallDirection.None)
        {
            StartReadinessCall(index);
        }
        else
        {
            StartOtherCall(index);
        }
    }

    private void StartOtherCall(int index)
    {
        ref SyscallEntry entry = ref _calls[index].Entry;
        switch (entry.Number)
        {
            case FlexScAbi.NumberNop:
                StartPromptCall(index);
                return;
            case FlexScAbi.NumberCancel:
                StartCancellation(index);
                return;
            case FlexScAbi.NumberPoll:
                StartReadinessWait(index);
                return;
            case SyscallNumber.Close:
                StartClose(index, (uint)entry.Argument0, (uint)entry.Argument0);
                return;
            case NumberDup2 or NumberDup3 when entry.Argument0 != entry.Argument1:
                StartClose(index, (uint)entry.Argument1, (uint)entry.Argument1);
                return;
            case NumberCloseRange when (entry.Argument2 & CloseRangeCloseOnExec) == 0:
                StartClose(index, (uint)entry.Argument0, (uint)entry.Argument1);
                return;
        }

        // The module has a list of its own, with more on it; this one is that of every backend.
        long refusal = EntryRules.RefusalOf(entry.Number);
        if (refusal != 0)
        {
            Complete(index, refusal);
        }
        else if (PromptCalls.Contains(entry.Number))
        {
            StartPromptCall(index);
        }
        else
        {
            StartBlockingCall(index);
        }
    }

    private void StartPromptCall(int index)
    {
        _calls[index].Phase = CallPhase.Attempting;
        _promptPublished++;
        _module.Publish(index, _calls[index].Entry);
    }

    /// <summary>
    /// A call that may wait for something else than readiness. The module would have a thread wait in each, so they are bounded:
    /// one that waits for ever must not take the last thread.
    /// </summary>
    private void StartBlockingCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Direction = CallDirection.None;
        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref _blocking, index);
        ServeBlocking();
    }

    private void ServeBlocking()
    {
        while (_blockingInModule < _blockingLimit && !_blocking.IsEmpty)
        {
            int index = _blocking.Head;
            _calls.Remove(ref _blocking, index);
            _calls[index].Phase = CallPhase.OnCompanion;
            _blockingInModule++;
            _module.Publish(index, _calls[index].Entry);
        }
    }

    private void FinishOtherCall(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        if (call.Phase == CallPhase.OnCompanion)
        {
            _blockingInModule--;
        }

        if (result >= 0)
        {
            NoteOpened((int)result, call.Entry);
        }

        Complete(index, result);
        ServeBlocking();
    }

    /// <summary>A call that ends descriptors. Calls that wait for them are cancelled and completed before, or they might reach the numbers' next owners.</summary>
    private void StartClose(int index, uint first, uint last)
    {
        for (long number = first; number <= last && number < _descriptors.Length; number++)
        {
            if (_descriptors.Find((int)number) is { ClosingEntry: >= 0 } && _calls[index].Entry.Number == SyscallNumber.Close)
            {
                Complete(index, -Errno.BadDescriptor);
                return;
            }
        }

        int left = 0;
        for (long number = first; number <= last && number < _descriptors.Length; number++)
        {
            if (_descriptors.Find((int)number) is { } state)
            {
                CancelAllOn(state);
                if (state.CallsInModule > 0 && state.ClosingEntry < 0)
                {
                    state.ClosingEntry = index;
                    left++;
                }
            }
        }

        _closesLeft[index] = left;
        _calls[index].Phase = CallPhase.Closing;
        if (left == 0)
        {
            Close(index, first, last);
        }
    }

    /// <summary>The module has given back the last call on a descriptor that is to be closed.</summary>
    private void FinishClosing(ModuleDescriptor state)
    {
        int index = state.ClosingEntry;
        state.ClosingEntry = -1;
        if (--_closesLeft[index] == 0)
        {
            ref SyscallEntry entry = ref _calls[index].Entry;
            uint first = (uint)(entry.Number is NumberDup2 or NumberDup3 ? entry.Argument1 : entry.Argument0);
            Close(index, first, entry.Number == NumberCloseRange ? (uint)entry.Argument1 : first);
        }
    }

    private void Close(int index, uint first, uint last)
    {
        // The close of a file may wait for its disk, that of a socket we made does not.
        bool mayWait = _calls[index].Entry.Number != SyscallNumber.Close
            || _descriptors.Find((int)first) is not { IsOwn: true, IsFile: false, IsKindKnown: true };
        for (long number = first; number <= last && number < _descriptors.Length; number++)
        {
            _descriptors.Find((int)number)?.Reset();
        }

        if (mayWait)
        {
            StartBlockingCall(index);
        }
        else
        {
            StartPromptCall(index);
        }
    }
}
