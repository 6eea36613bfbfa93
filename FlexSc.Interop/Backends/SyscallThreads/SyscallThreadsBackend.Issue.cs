using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>What becomes of an entry that is taken from the page.</content>
internal sealed unsafe partial class SyscallThreadsBackend
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
                Complete(index, 0);
                return;
            case FlexScAbi.NumberCancel:
                long answer = Cancel((ulong)entry.Argument0);
                Complete(index, answer);
                return;
            case FlexScAbi.NumberPoll:
                StartReadinessWait(index);
                return;
            case SyscallNumber.Close:
                StartClose(index);
                return;
        }

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
            ForgetReplaced(entry);
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

        Complete(index, result);
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
        if (call.IsMultishot && ReadinessCalls.WantsAll(entry))
        {
            Complete(index, -Errno.Invalid);
            return;
        }

        if (!_descriptors.TryGet(call.FileDescriptor, out DescriptorState state, out long error))
        {
            Complete(index, error);
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
            Complete(index, error);
        }
    }

    private void Enqueue(DescriptorState state, int index, bool tryNow)
    {
        ref PendingCall call = ref _calls[index];
        ref DirectionState side = ref state.Direction(call.Direction);
        if (ReadinessCalls.NeverWaits(call.Entry))
        {
            if (!side.Queue.IsEmpty)
            {
                // Others wait, so there is nothing to be had.
                Complete(index, -Errno.Again);
                return;
            }

            tryNow = true;
        }

        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref side.Queue, index);
        side.IsReady |= tryNow;
        Serve(state, call.Direction);
    }

    private void StartReadinessWait(int index)
    {
        ref PendingCall call = ref _calls[index];
        call.Direction = CallDirection.Either;
        if (!_descriptors.TryGet(call.FileDescriptor, out DescriptorState state, out long error))
        {
            Complete(index, error);
            return;
        }

        long seen = state.ClosingEntry >= 0 ? -Errno.BadDescriptor : EventsNow(call);
        if (seen != 0)
        {
            Complete(index, seen);
            return;
        }

        error = Watch(state, except: -1);
        if (error != 0)
        {
            Complete(index, error);
            return;
        }

        // What happened since the look is an edge, which comes with the next wait.
        call.Phase = CallPhase.Waiting;
        _calls.Enqueue(ref state.Readiness, index);
    }

    private void ServeReadiness(DescriptorState state)
    {
        if (!state.IsReadinessDue)
        {
            return;
        }

        state.IsReadinessDue = false;
        for (int index = state.Readiness.Head; index >= 0;)
        {
            int next = _calls[index].Next;
            long seen = EventsNow(_calls[index]);
            if (seen != 0)
            {
                End(state, index, seen);
            }

            index = next;
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

    private void StartClose(int index)
    {
        DescriptorState? state = _descriptors.Find(_calls[index].FileDescriptor);
        if (state is null)
        {
            StartOnCompanion(index);
            return;
        }

        if (state.ClosingEntry >= 0)
        {
            Complete(index, -Errno.BadDescriptor);
            return;
        }

        CancelAllOn(state, except: -1);
        if (state.ExecutingAttempts > 0)
        {
            // An attempt that came after the close might reach the number's next owner.
            state.ClosingEntry = index;
            _calls[index].Phase = CallPhase.Closing;
            return;
        }

        Close(state, index);
    }

    private void Close(DescriptorState state, int index)
    {
        // The close of a file may wait for the disk, that of anything epoll takes does not.
        bool mayWait = !state.IsRegistered && !state.IsOwn;
        state.Reset();
        if (mayWait)
        {
            StartOnCompanion(index);
            return;
        }

        _traps++;
        Complete(index, CallExecution.Execute(_calls[index].Entry));
    }
}
