using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>Attempts of calls that are served by readiness.</content>
internal sealed unsafe partial class SyscallThreadsBackend
{
    /// <summary>Attempts of one direction of a descriptor before the others have their share.</summary>
    private const int AttemptsPerTurn = 32;

    private void Serve(EpollDescriptor state, CallDirection direction)
    {
        ref DirectionState side = ref state.Direction(direction);
        ref CallQueue queue = ref state.QueueOf(direction);
        for (int left = AttemptsPerTurn; side.IsReady && !queue.IsEmpty && !side.IsExecuting; left--)
        {
            if (left == 0 || !_completions.HasRoom)
            {
                List(state);
                return;
            }

            if (!TryAttempt(state, ref side, queue.Head))
            {
                _starved.Enqueue(state);
                return;
            }
        }
    }

    /// <returns>False when every free buffer is with an attempt of a thread, which may give it back.</returns>
    private bool TryAttempt(EpollDescriptor state, ref DirectionState side, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (call.WantsBuffer && call.BufferId < 0 && !TryTakeBuffer(ref call))
        {
            if (_buffersInAttempts > 0)
            {
                return false;
            }

            EndWithoutBuffer(state, ref side, index);
            return true;
        }

        if (call.Entry.Number == SyscallNumber.Connect)
        {
            // A socket that is not connected counts as hung up.
            state.IsHungUp = false;
        }

        call.EdgesAtAttempt = side.Edges;
        SyscallEntry attempt = ReadinessCalls.AttemptOf(call);
        _traps++;
        if (_syscallThreads is null)
        {
            FinishAttempt(state, ref side, index, CallExecution.Execute(attempt));
            return true;
        }

        call.Phase = CallPhase.Attempting;
        side.IsExecuting = true;
        state.CallsInFlight++;
        _buffersInAttempts += call.BufferId >= 0 ? 1 : 0;
        _syscallThreads.Execute((uint)index, attempt);
        return true;
    }

    private void FinishThreadAttempt(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        Debug.Assert(call.Phase == CallPhase.Attempting, "a result of a call that no thread had");
        EpollDescriptor state = _descriptors.Find(call.FileDescriptor)!;
        CallDirection direction = call.Direction;
        ref DirectionState side = ref state.Direction(direction);
        EndThreadAttempt(state, ref side, ref call);
        FinishAttempt(state, ref side, index, result);
        if (state.ClosingEntry < 0)
        {
            Serve(state, direction);
        }
        else if (_owners.TryFinishClose(state, out int closing))
        {
            Close(closing, DescriptorRange.EndedBy(_calls[closing].Entry));
        }
    }

    private void EndThreadAttempt(EpollDescriptor state, ref DirectionState side, ref PendingCall call)
    {
        _buffersInAttempts -= call.BufferId >= 0 ? 1 : 0;
        call.Phase = CallPhase.Waiting;
        side.IsExecuting = false;
        state.CallsInFlight--;
    }

    private void FinishAttempt(EpollDescriptor state, ref DirectionState side, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (CallProgress.WouldWait(entry, result))
        {
            Park(state, ref side, index);
            return;
        }

        if (HasEmptied(state, side, call, result))
        {
            side.IsReady = false;
        }

        if (!call.CancelRequested && CallProgress.HasMoreToMove(call, result) && IsByteStream(state, call))
        {
            CallProgress.Advance(ref call, result);
            return;
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
                End(state, index, -Errno.Canceled);
            }

            return;
        }

        End(state, index, CallProgress.ResultOf(call, result));
    }

    private void Park(EpollDescriptor state, ref DirectionState side, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (side.Edges == call.EdgesAtAttempt)
        {
            side.IsReady = false;
        }

        if (call.CancelRequested)
        {
            End(state, index, CallProgress.ResultOf(call, -Errno.Canceled));
            return;
        }

        if (ReadinessCalls.NeverWaits(call.Entry))
        {
            End(state, index, CallProgress.ResultOf(call, -Errno.Again));
            return;
        }

        if (call.BufferId >= 0 && call.DoneBytes == 0)
        {
            // A call that waits holds no buffer.
            _freeBuffers.Add((ushort)call.BufferId);
            call.BufferId = -1;
        }

        // Who reads was registered before; who writes is when it first has to wait.
        if (call.Direction == CallDirection.Write && (!state.IsRegistered || !state.IsOwn))
        {
            long error = Watch(state, except: index);
            if (error != 0)
            {
                End(state, index, CallProgress.ResultOf(call, error));
            }
        }
    }

    /// <summary>True when a receive took all there was, so that the next one may wait for an edge without an attempt.</summary>
    private static bool HasEmptied(EpollDescriptor state, in DirectionState side, in PendingCall call, long result) =>
        state.IsTcp && call.Entry.Number == SyscallNumber.RecvFrom
            && result > 0 && result < call.Entry.Argument2 - call.DoneBytes
            && !state.IsHungUp && side.Edges == call.EdgesAtAttempt && !ReadinessCalls.Peeks(call.Entry);

    /// <summary>True when the bytes of one send may be moved in several parts. A call that went on once is on such a socket.</summary>
    private bool IsByteStream(EpollDescriptor state, in PendingCall call) =>
        call.DoneBytes > 0 || state.IsTcp || _descriptorCalls.IsByteStream(state);

    private bool TryTakeBuffer(ref PendingCall call)
    {
        if (!_freeBuffers.TryTake(out ushort bufferId))
        {
            return false;
        }

        call.BufferId = bufferId;
        call.Entry.Argument1 = (long)_buffers.AddressOf(bufferId);
        call.Entry.Argument2 = _buffers.BufferBytes;
        return true;
    }

    /// <summary>No buffer is free: whether that matters depends on whether data is there.</summary>
    private void EndWithoutBuffer(EpollDescriptor state, ref DirectionState side, int index)
    {
        byte data;
        _traps++;
        long result = RawSystemCall.Invoke(SyscallNumber.RecvFrom, state.FileDescriptor, (long)&data, 1, MessagePeek | MessageDoNotWait);
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
            End(state, index, result > 0 ? -Errno.NoBuffers : result);
        }
    }

    /// <summary>Takes a call out of its queue and completes it.</summary>
    private void End(EpollDescriptor state, int index, long result)
    {
        _calls.Remove(ref state.QueueOf(_calls[index].Direction), index);
        _calls.Complete(index, result);
    }
}
