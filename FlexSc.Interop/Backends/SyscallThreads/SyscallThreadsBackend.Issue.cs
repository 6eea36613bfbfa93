using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>What becomes of an entry that is taken from the page.</content>
internal sealed unsafe partial class SyscallThreadsBackend
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
        DescriptorRange ended = DescriptorRange.EndedBy(entry);
        if (!ended.IsEmpty)
        {
            StartClose(index, ended);
            return;
        }

        switch (entry.Number)
        {
            case FlexScAbi.NumberNop:
                _calls.Complete(index, 0);
                return;
            case FlexScAbi.NumberCancel:
                long answer = Cancel((ulong)entry.Argument0);
                _calls.Complete(index, answer);
                return;
            case FlexScAbi.NumberPoll:
                StartReadinessWait(index);
                return;
        }

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
            StartOnCompanion(index);
        }
    }

    private void StartPromptCall(int index)
    {
        ref SyscallEntry entry = ref _calls[index].Entry;
        _traps++;
        long result = CallExecution.Execute(entry);
        if (entry.Number == SyscallNumber.Socket && result >= 0)
        {
            NoteSocket((int)result, entry.Argument0, entry.Argument1, entry.Argument2);
        }

        _calls.Complete(index, result);
    }

    private void StartOnCompanion(int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Phase = CallPhase.OnCompanion;
        _traps++;
        _companions.Execute((uint)index, call.Entry);
    }

    private void StartReadinessCall(int index)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (!_descriptors.TryGet(call.FileDescriptor, out EpollDescriptor state, out long error))
        {
            _calls.Complete(index, error);
            return;
        }

        if (ReadinessCalls.ConnectsWithoutEdge(entry))
        {
            StartOnCompanion(index);
            return;
        }

        error = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : Prepare(state, entry.Number, call.Direction);
        if (error == -Errno.NotPermitted && ReadinessCalls.MayBeFile(entry.Number))
        {
            // epoll takes no file of a disk.
            StartOnCompanion(index);
            return;
        }

        if (error is 0 or -Errno.NotPermitted)
        {
            Enqueue(state, index, tryNow: error != 0 || ReadinessCalls.MovesNothing(entry));
        }
        else
        {
            _calls.Complete(index, error);
        }
    }

    private void Enqueue(EpollDescriptor state, int index, bool tryNow)
    {
        ref PendingCall call = ref _calls[index];
        ref CallQueue queue = ref state.QueueOf(call.Direction);
        if (ReadinessCalls.NeverWaits(call.Entry))
        {
            if (!queue.IsEmpty)
            {
                // Others wait, so there is nothing to be had.
                _calls.Complete(index, -Errno.Again);
                return;
            }

            tryNow = true;
        }

        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref queue, index);
        state.Direction(call.Direction).IsReady |= tryNow;
        Serve(state, call.Direction);
    }

    private void StartReadinessWait(int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Direction = CallDirection.Either;
        if (!_descriptors.TryGet(call.FileDescriptor, out EpollDescriptor state, out long error))
        {
            _calls.Complete(index, error);
            return;
        }

        long seen = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : EventsNow(call);
        if (seen != 0)
        {
            _calls.Complete(index, seen);
            return;
        }

        error = Watch(state, except: -1);
        if (error != 0)
        {
            _calls.Complete(index, error);
            return;
        }

        // What happened since the look is an edge, which comes with the next wait.
        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref state.QueueOf(CallDirection.Either), index);
    }

    private void ServeReadiness(EpollDescriptor state)
    {
        if (!state.IsReadinessDue)
        {
            return;
        }

        state.IsReadinessDue = false;
        foreach (int index in _calls.ReadinessWaitsOn(state))
        {
            long seen = EventsNow(_calls[index]);
            if (seen != 0)
            {
                End(state, index, seen);
            }
        }
    }

    /// <summary>The events of poll(2) that a descriptor has now, 0 when none of those asked for, or a negative errno.</summary>
    private long EventsNow(in PendingCall call)
    {
        PollDescriptor question = new() { FileDescriptor = call.FileDescriptor, Events = (short)call.Entry.Argument1 };
        long answer;
        do
        {
            _traps++;
            answer = RawSystemCall.Invoke(NumberPoll, (long)&question, 1, 0);
        }
        while (answer == -Errno.Interrupted);

        if (answer < 0)
        {
            return answer;
        }

        return (question.ReturnedEvents & PollInvalid) != 0 ? -Errno.BadDescriptor : (ushort)question.ReturnedEvents;
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
        // The close of a file may wait for the disk, that of anything epoll takes does not.
        ref SyscallEntry entry = ref _calls[index].Entry;
        bool mayWait = entry.Number != SyscallNumber.Close
            || _descriptors.Find((int)ended.First) is not { } state || (!state.IsRegistered && !state.IsOwn);
        _owners.Reset(ended);
        if (mayWait)
        {
            StartOnCompanion(index);
            return;
        }

        _traps++;
        _calls.Complete(index, CallExecution.Execute(entry));
    }
}
