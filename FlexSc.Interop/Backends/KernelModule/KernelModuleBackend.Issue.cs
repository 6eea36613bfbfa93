using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>What becomes of an entry that is taken from the loop's page, and calls that do not wait for readiness.</content>
internal sealed partial class KernelModuleBackend
{
    private void Issue(int index)
    {
        _cancelledBy[index] = -1;
        if (_calls[index].Direction != CallDirection.None)
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
        DescriptorRange ended = DescriptorRange.EndedBy(entry);
        if (!ended.IsEmpty)
        {
            StartClose(index, ended);
            return;
        }

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
        }

        // The module has a list of its own, with more on it; this one is that of every backend.
        long refusal = EntryRules.RefusalOf(entry.Number);
        if (refusal != 0)
        {
            _calls.Complete(index, refusal);
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

        _calls.Complete(index, result);
        ServeBlocking();
    }

    private void StartClose(int index, in DescriptorRange ended)
    {
        if (_owners.TryStartClose(index, ended))
        {
            Close(index, ended);
        }
    }

    private void Close(int index, in DescriptorRange ended)
    {
        // The close of a file may wait for its disk, that of a socket we made does not.
        bool mayWait = _calls[index].Entry.Number != SyscallNumber.Close
            || _descriptors.Find((int)ended.First) is not { IsOwn: true, IsFile: false, IsKindKnown: true };
        _owners.Reset(ended);
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
