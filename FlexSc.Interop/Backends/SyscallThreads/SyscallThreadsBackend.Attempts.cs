using System.Diagnostics;
using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>Attempts of calls that are served by readiness.</content>
internal sealed unsafe partial class SyscallThreadsBackend
{
    /// <summary>Attempts of one direction of a descriptor before the others have their share.</summary>
    private const int AttemptsPerTurn = 32;

    private void Serve(DescriptorState state, CallDirection direction)
    {
        ref DirectionState side = ref state.Direction(direction);
        for (int left = AttemptsPerTurn; side.IsReady && !side.Queue.IsEmpty && !side.IsExecuting; left--)
        {
            if (left == 0 || !_completions.HasRoom)
            {
                List(state);
                return;
            }

            if (!TryAttempt(state, ref side, side.Queue.Head))
            {
                _starved.Enqueue(state);
                return;
            }
        }
    }

    /// <returns>False when every free buffer is with an attempt of a thread, which may give it back.</returns>
    private bool TryAttempt(DescriptorState state, ref DirectionState side, int index)
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
        state.ExecutingAttempts++;
        _buffersInAttempts += call.BufferId >= 0 ? 1 : 0;
        _syscallThreads.Execute((uint)index, attempt);
        return true;
    }

    private void FinishThreadAttempt(int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        Debug.Assert(call.Phase == CallPhase.Attempting, "a result of a call that no thread had");
        DescriptorState state = _descriptors.Find(call.FileDescriptor)!;
        CallDirection direction = call.Direction;
        ref DirectionState side = ref state.Direction(direction);
        EndThreadAttempt(state, ref side, ref call);
        FinishAttempt(state, ref side, index, result);
        if (state.ClosingEntry < 0)
        {
            Serve(state, direction);
        }
        else if (state.ExecutingAttempts == 0)
        {
            int closing = state.ClosingEntry;
            state.ClosingEntry = -1;
            Close(state, closing);
        }
    }

    private void EndThreadAttempt(DescriptorState state, ref DirectionState side, ref PendingCall call)
    {
        _buffersInAttempts -= call.BufferId >= 0 ? 1 : 0;
        call.Phase = CallPhase.Waiting;
        side.IsExecuting = false;
        state.ExecutingAttempts--;
    }

    private void FinishAttempt(DescriptorState state, ref DirectionState side, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        ref SyscallEntry entry = ref call.Entry;
        if (WouldWait(entry, result))
        {
            Park(state, ref side, index);
            return;
        }

        if (HasEmptied(state, side, call, result))
        {
            side.IsReady = false;
        }

        if (result > 0 && GoesOn(state, ref call, result))
        {
            return;
        }

        if (result >= 0 && ReadinessCalls.Accepts(entry.Number))
        {
            NoteAccepted(state, (int)result, entry);
        }

        if (call.IsMultishot && (result > 0 || (result == 0 && !call.WantsBuffer)))
        {
            CompleteAndGoOn(state, index, result);
            return;
        }

        // What was moved counts more than what ended it, as with the kernel's own calls.
        End(state, index, result > 0 ? result + call.DoneBytes : call.DoneBytes > 0 ? call.DoneBytes : result);
    }

    private static bool WouldWait(in SyscallEntry entry, long result) =>
        result == -Errno.Again
            || (entry.Number == SyscallNumber.Connect && result is -Errno.InProgress or -Errno.Already or -Errno.Interrupted);

    private void Park(DescriptorState state, ref DirectionState side, int index)
    {
        ref PendingCall call = ref _calls[index];
        if (side.Edges == call.EdgesAtAttempt)
        {
            side.IsReady = false;
        }

        if (call.CancelRequested)
        {
            End(state, index, CancelledResultOf(call));
            return;
        }

        if (ReadinessCalls.NeverWaits(call.Entry))
        {
            End(state, index, call.DoneBytes > 0 ? call.DoneBytes : -Errno.Again);
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
                End(state, index, error);
            }
        }
    }

    /// <summary>True when a receive took all there was, so that the next one may wait for an edge without an attempt.</summary>
    private static bool HasEmptied(DescriptorState state, in DirectionState side, in PendingCall call, long result) =>
        state.IsTcp && call.Entry.Number == SyscallNumber.RecvFrom
            && result > 0 && result < call.Entry.Argument2 - call.DoneBytes
            && !state.IsHungUp && side.Edges == call.EdgesAtAttempt && !ReadinessCalls.Peeks(call.Entry);

    /// <summary>True when the call is to move all its bytes and has some left.</summary>
    private bool GoesOn(DescriptorState state, ref PendingCall call, long moved)
    {
        ref SyscallEntry entry = ref call.Entry;
        if (!ReadinessCalls.WantsAll(entry) || ReadinessCalls.Peeks(entry) || ReadinessCalls.NeverWaits(entry) || call.CancelRequested)
        {
            return false;
        }

        bool isMessage = entry.Number is SyscallNumber.SendMsg or SyscallNumber.RecvMsg;
        ulong totalBytes = isMessage ? MessageCopy.LengthOf((MessageHeader*)entry.Argument1) : (ulong)entry.Argument2;
        if ((ulong)(call.DoneBytes + moved) >= totalBytes || !IsByteStream(state))
        {
            return false;
        }

        call.DoneBytes += moved;
        if (isMessage)
        {
            if (call.Message == null)
            {
                call.Message = MessageCopy.Create((MessageHeader*)entry.Argument1);
            }

            MessageCopy.Advance(call.Message, (ulong)moved);
        }

        return true;
    }

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
    private void EndWithoutBuffer(DescriptorState state, ref DirectionState side, int index)
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

    private void CompleteAndGoOn(DescriptorState state, int index, long result)
    {
        ref PendingCall call = ref _calls[index];
        CompletionFlags flags = CompletionFlags.More;
        ushort bufferId = 0;
        if (call.BufferId >= 0)
        {
            flags |= CompletionFlags.Buffer;
            bufferId = (ushort)call.BufferId;
            call.BufferId = -1;
        }

        _completions.Add(new Completion(_entries.TokenOf((uint)index), result, flags, bufferId));
        if (call.CancelRequested)
        {
            End(state, index, -Errno.Canceled);
        }
    }

    /// <summary>Takes a call out of its queue and completes it.</summary>
    private void End(DescriptorState state, int index, long result)
    {
        _calls.Remove(ref state.QueueOf(_calls[index].Direction), index);
        Complete(index, result);
    }
}
