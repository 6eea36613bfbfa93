using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <content>What becomes of an entry that is taken from the page, and calls that do not wait for readiness.</content>
internal sealed partial class ReadinessBackend
{
    private void Issue(int index)
    {
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
        switch (entry.Number)
        {
            case FlexScAbi.NumberNop when !_attempts.HandsOver:
                _calls.Complete(index, 0);
                return;
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

        long refusal = EntryRules.RefusalOf(entry);
        DescriptorRange ended = DescriptorRange.EndedBy(entry);
        if (refusal != 0)
        {
            _calls.Complete(index, refusal);
        }
        else if (!ended.IsEmpty)
        {
            StartClose(index, ended);
        }
        else if (EntryRules.IsPrompt(entry.Number))
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
        ref PendingCall call = ref _calls[index];
        call.Phase = CallPhase.Attempting;
        FinishIfDone(index, _attempts.HandsOver ? _attempts.Attempt(index, call.Entry) : _attempts.Execute(call.Entry));
    }

    private void StartBlockingCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Direction = CallDirection.None;
        call.Phase = CallPhase.Blocking;
        if (SyscallTable.WaitsForOthers(call.Entry.Number, call.Entry.Argument1))
        {
            FinishIfDone(index, _attempts.BlockForOthers(index, call.Entry));
            return;
        }

        SyscallEntry attempt = call.Entry;
        call.IsOpenTried = _opens.TryMakeNonBlocking(index, ref attempt);
        FinishIfDone(index, _attempts.Block(index, attempt));
    }

    private void FinishIfDone(int index, long result)
    {
        if (result != IAttempts.Pending)
        {
            FinishOtherCall(index, result);
        }
    }

    private void FinishOtherCall(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        if (call.IsOpenTried)
        {
            call.IsOpenTried = false;
            if (_opens.HasToWait(call.Entry, result, isSet: true, out call.HeldDescriptor))
            {
                FinishIfDone(index, call.CancelRequested ? -Errno.Canceled : _attempts.BlockForOthers(index, call.Entry));
                return;
            }
        }

        _opens.Release(call.HeldDescriptor);
        if (result >= 0)
        {
            NoteMade((int)result, call.Entry);
        }

        _calls.Complete(index, result);
    }

    private void StartReadinessCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (!_descriptors.TryGet(call.FileDescriptor, out Descriptor state, out long error))
        {
            _calls.Complete(index, error);
            return;
        }

        if (call.WantsBuffer && entry.Number == SyscallNumber.RecvMsg && !TryPrepareMessages(ref call))
        {
            _calls.Complete(index, -Errno.Invalid);
            return;
        }

        if (ReadinessCalls.ReadsErrorsNow(entry) && state.ClosingEntry < 0)
        {
            // They are in a queue of their own: who waits to receive does not wait for them, and none of them does not say that nothing
            // can be received.
            call.Direction = CallDirection.None;
            StartPromptCall(index);
            return;
        }

        if (ReadinessCalls.ConnectsWithoutEdge(entry) && state.ClosingEntry < 0)
        {
            // To a UNIX socket: done at once unless the other side's backlog is full.
            long result = _descriptorCalls.TryConnect(entry);
            if (result == IAttempts.Pending)
            {
                StartBlockingCall(index);
            }
            else
            {
                _calls.Complete(index, result);
            }

            return;
        }

        error = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : Prepare(state, entry.Number, call.Direction);
        if (error == -Errno.NotPermitted && SyscallTable.Of(entry.Number).MayBeFile)
        {
            StartBlockingCall(index);
        }
        else if (error is 0 or -Errno.NotPermitted)
        {
            Enqueue(state, index, tryNow: error != 0 || ReadinessCalls.MovesNothing(entry));
        }
        else
        {
            _calls.Complete(index, error);
        }
    }

    /// <returns>False where messages cannot be received into provided buffers.</returns>
    private unsafe bool TryPrepareMessages(ref PendingCall call)
    {
        // Who hands calls over to picks buffers for recv(2) only.
        if (_attempts.HandsOver || call.Entry.Argument1 == 0)
        {
            return false;
        }

        call.Message = MessageCopy.CreateForBuffers((MessageHeader*)call.Entry.Argument1);
        return MessageCopy.AimAt(call.Message, null, _buffers.BufferBytes);
    }

    private void Enqueue(Descriptor state, int index, bool tryNow)
    {
        ref PendingCall call = ref _calls[index];
        ref DirectionState side = ref state.Direction(call.Direction);
        if (ReadinessCalls.NeverWaits(call.Entry))
        {
            if (!side.Waiting.IsEmpty)
            {
                // Others wait, so there is nothing to be had.
                _calls.Complete(index, -Errno.Again);
                return;
            }

            tryNow = true;
        }

        if (call.Entry.Number == SyscallNumber.Connect)
        {
            // A socket that is not connected counts as hung up. Not at a later attempt, which only asks how it went: by then the peer may
            // have ended, and no other edge tells of that.
            state.IsHungUp = false;
        }

        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref side.Waiting, index);
        side.IsReady |= tryNow;
        Serve(state, call.Direction);
    }

    private void StartReadinessWait(int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Direction = CallDirection.Either;
        if (!_descriptors.TryGet(call.FileDescriptor, out Descriptor state, out long answer))
        {
            _calls.Complete(index, answer);
            return;
        }

        answer = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : _attempts.HandsOver ? 0 : LookAndWatch(state, call);
        if (answer != 0)
        {
            _calls.Complete(index, answer);
            return;
        }

        // What happened since the look is an edge, which comes with the next wait.
        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref state.QueueOf(CallDirection.Either), index);
        if (_attempts.HandsOver)
        {
            long pending = _attempts.Attempt(index, call.Entry);
            Debug.Assert(pending == IAttempts.Pending, "a wait for readiness had a result at once");
            call.Phase = CallPhase.Attempting;
            state.CallsInFlight++;
        }
    }

    /// <returns>Events that are there, 0 when the wait has to begin, or a negative errno.</returns>
    private long LookAndWatch(Descriptor state, in PendingCall call)
    {
        long seen = _descriptorCalls.EventsNow(call.FileDescriptor, (short)call.Entry.Argument1);
        return seen != 0 ? seen : Watch(state, call.Entry.Number, except: -1);
    }

    private void ServeReadiness(Descriptor state)
    {
        if (!state.IsReadinessDue)
        {
            return;
        }

        state.IsReadinessDue = false;
        foreach (int index in _calls.ReadinessWaitsOn(state))
        {
            long seen = _descriptorCalls.EventsNow(state.FileDescriptor, (short)_calls[index].Entry.Argument1);
            if (seen != 0)
            {
                End(state, index, seen);
            }
        }
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
        // The close of a file may wait for the disk, that of anything that waits for readiness does not.
        bool isPrompt = _calls[index].Entry.Number == SyscallNumber.Close
            && _descriptors.Find((int)ended.First) is { Kind: > DescriptorKind.File } state && (state.IsOwn || state.IsRegistered);
        _owners.Reset(ended);
        if (isPrompt)
        {
            StartPromptCall(index);
        }
        else
        {
            StartBlockingCall(index);
        }
    }
}
