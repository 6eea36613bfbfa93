using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <content>Attempts of calls that are served by readiness.</content>
internal sealed partial class ReadinessBackend
{
    /// <summary>Attempts of one direction of a descriptor before the others have their share.</summary>
    private const int AttemptsPerTurn = 32;

    private void Serve(Descriptor state, CallDirection direction)
    {
        ref DirectionState side = ref state.Direction(direction);
        for (int left = AttemptsPerTurn; IsDue(side); left--)
        {
            if (left == 0 || !_completions.HasRoom)
            {
                List(state);
                return;
            }

            if (!TryAttempt(state, ref side, side.Waiting.Head))
            {
                _starved.Enqueue(state);
                return;
            }
        }
    }

    private bool IsDue(in DirectionState side) =>
        (side.IsReady || _attempts.HandsOver) && !side.Waiting.IsEmpty && !side.IsExecuting;

    /// <returns>False when every free buffer is with an attempt under way, which may give it back.</returns>
    private bool TryAttempt(Descriptor state, ref DirectionState side, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (_freeBuffers is not null && call.WantsBuffer && call.BufferId < 0 && !TryTakeBuffer(ref call))
        {
            if (_buffersInAttempts > 0)
            {
                return false;
            }

            EndWithoutBuffer(state, ref side, index);
            return true;
        }

        call.EdgesAtAttempt = side.Edges;
        SyscallEntry attempt = ReadinessCalls.AttemptOf(call);
        attempt.Flags = _attempts.HandsOver ? FlagsToHandOver(side, call) : EntryFlags.None;
        long result = _attempts.Attempt(index, attempt);
        if (result != IAttempts.Pending)
        {
            FinishAttempt(state, ref side, index, result);
            return true;
        }

        call.Phase = CallPhase.Attempting;
        side.IsExecuting = true;
        state.CallsInFlight++;
        _buffersInAttempts += call.BufferId >= 0 && _freeBuffers is not null ? 1 : 0;
        return true;
    }

    private static EntryFlags FlagsToHandOver(in DirectionState side, in PendingCall call)
    {
        // A call that goes on to fill its buffer has it already.
        EntryFlags flags = call.WantsBuffer && call.BufferId < 0 ? EntryFlags.ProvidedBuffer : EntryFlags.None;
        if (ReadinessCalls.NeverWaits(call.Entry))
        {
            return flags;
        }

        flags |= call.Direction == CallDirection.Read ? HandOverFlags.PollIn : HandOverFlags.PollOut;
        return side.IsReady || ReadinessCalls.MovesNothing(call.Entry) ? flags : flags | HandOverFlags.PollFirst;
    }

    /// <summary>A call on a descriptor comes back from an attempt that was under way elsewhere.</summary>
    private void FinishReadinessCall(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        CallDirection direction = call.Direction;
        Descriptor state = _descriptors.Find(call.FileDescriptor)!;
        if (direction == CallDirection.Either)
        {
            state.CallsInFlight--;
            call.Phase = CallPhase.Waiting;
            End(state, index, result);
        }
        else
        {
            ref DirectionState side = ref state.Direction(direction);
            EndAttempt(state, ref side, ref call);
            if (result == -Errno.Canceled && call.CancelRequested)
            {
                End(state, index, CallProgress.ResultOf(call, result));
            }
            else
            {
                FinishAttempt(state, ref side, index, result);
            }
        }

        GoOn(state, direction);
    }

    /// <summary>A call is not in flight any more: the next one on its descriptor has its turn, or who waits to end it.</summary>
    private void GoOn(Descriptor state, CallDirection direction)
    {
        if (state.ClosingEntry >= 0)
        {
            if (_owners.TryFinishClose(state, out int closing))
            {
                Close(closing, DescriptorRange.EndedBy(_calls[closing].Entry));
            }
        }
        else if (direction != CallDirection.Either)
        {
            Serve(state, direction);
        }
    }

    private void EndAttempt(Descriptor state, ref DirectionState side, ref PendingCall call)
    {
        _buffersInAttempts -= call.BufferId >= 0 && _freeBuffers is not null ? 1 : 0;
        call.Phase = CallPhase.Waiting;
        side.IsExecuting = false;
        state.CallsInFlight--;
    }

    private void FinishAttempt(Descriptor state, ref DirectionState side, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (CallProgress.WouldWait(entry, result))
        {
            Park(state, ref side, index);
            return;
        }

        if (result >= 0 && call.BufferId >= 0 && entry.Number == SyscallNumber.RecvMsg)
        {
            result = FinishMessage(call, result);
        }

        bool goesOn = CallProgress.HasMoreToMove(call, result) && IsByteStream(state, call);
        side.IsReady = _attempts.HandsOver ? !goesOn && !HasEmptied(call, result) : side.IsReady && !HasEmptied(state, side, call, result);
        if (goesOn)
        {
            if (!call.CancelRequested)
            {
                CallProgress.Advance(ref call, result);
                return;
            }

            NoteCancelEnded(call);
        }

        if (result >= 0 && ReadinessCalls.Accepts(entry.Number))
        {
            NoteAccepted(state, (int)result, entry);
        }

        if (CallProgress.MultishotGoesOn(call, result))
        {
            _calls.CompleteMultishot(index, result);
            if (call.CancelRequested)
            {
                EndCancelled(state, index);
            }

            return;
        }

        End(state, index, CallProgress.ResultOf(call, result));
    }

    private void Park(Descriptor state, ref DirectionState side, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (side.Edges == call.EdgesAtAttempt)
        {
            side.IsReady = false;
        }

        if (ReadinessCalls.NeverWaits(call.Entry) && !call.CancelRequested)
        {
            End(state, index, CallProgress.ResultOf(call, -Errno.Again));
            return;
        }

        if (call.CancelRequested)
        {
            EndCancelled(state, index);
            return;
        }

        if (_attempts.HandsOver)
        {
            return;
        }

        if (call.BufferId >= 0 && call.DoneBytes == 0)
        {
            // A call that waits holds no buffer.
            _freeBuffers!.Add((ushort)call.BufferId);
            call.BufferId = -1;
        }

        // Who reads was registered before; who writes is when it first has to wait.
        if (call.Direction == CallDirection.Write && (!state.IsRegistered || !state.IsOwn))
        {
            long error = Watch(state, call.Entry.Number, except: index);
            if (error != 0)
            {
                End(state, index, CallProgress.ResultOf(call, error));
            }
        }
    }

    /// <summary>True when a receive took all there was, so that the next one may wait for an edge without an attempt.</summary>
    private static bool HasEmptied(Descriptor state, in DirectionState side, in PendingCall call, long result) =>
        state.Kind == DescriptorKind.Tcp && HasEmptied(call, result) && !state.IsHungUp && side.Edges == call.EdgesAtAttempt;

    /// <summary>The same, where whoever waits looks first whether there is something.</summary>
    private static bool HasEmptied(in PendingCall call, long result) =>
        call.Entry.Number == SyscallNumber.RecvFrom && result > 0 && result < call.Entry.Argument2 - call.DoneBytes
            && !ReadinessCalls.Peeks(call.Entry);

    /// <summary>True when the bytes of one send may be moved in several parts. A call that went on once is on such a socket.</summary>
    private bool IsByteStream(Descriptor state, in PendingCall call) =>
        call.DoneBytes > 0 || state.Kind == DescriptorKind.Tcp || _descriptorCalls.IsByteStream(state);

    private bool TryTakeBuffer(ref PendingCall call)
    {
        if (!_freeBuffers!.TryTake(out ushort bufferId))
        {
            return false;
        }

        HoldBuffer(ref call, bufferId);
        return true;
    }

    private unsafe void HoldBuffer(ref PendingCall call, ushort bufferId)
    {
        call.BufferId = bufferId;
        if (call.Entry.Number == SyscallNumber.RecvMsg)
        {
            // Whether it fits was found out when the call began.
            MessageCopy.AimAt(call.Message, _buffers.AddressOf(bufferId), _buffers.BufferBytes);
            return;
        }

        call.Entry.Argument1 = (long)_buffers.AddressOf(bufferId);
        call.Entry.Argument2 = _buffers.BufferBytes;
    }

    private unsafe long FinishMessage(in PendingCall call, long receivedBytes) =>
        MessageCopy.WriteHead(call.Message, _buffers.AddressOf((ushort)call.BufferId), receivedBytes);

    /// <summary>No buffer is free: whether that matters depends on whether data is there.</summary>
    private void EndWithoutBuffer(Descriptor state, ref DirectionState side, int index)
    {
        long result = _descriptorCalls.PeekByte(state.FileDescriptor);
        if (result == -Errno.Again)
        {
            side.IsReady = false;
            if (ReadinessCalls.NeverWaits(_calls[index].Entry))
            {
                End(state, index, result);
            }
        }
        else if (result != -Errno.Interrupted)
        {
            // A datagram may be empty, and waits for a buffer all the same.
            bool isThere = result > 0 || (result == 0 && _calls[index].Entry.Number == SyscallNumber.RecvMsg);
            End(state, index, isThere ? -Errno.NoBuffers : result);
        }
    }

    /// <summary>Takes a call out of its queue and completes it.</summary>
    private void End(Descriptor state, int index, long result)
    {
        _calls.Remove(ref state.QueueOf(_calls[index].Direction), index);
        _calls.Complete(index, result);
    }
}
