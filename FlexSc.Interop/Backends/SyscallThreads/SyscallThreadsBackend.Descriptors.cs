using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>What is to be known and set up of a descriptor before a call may wait on it.</content>
internal sealed unsafe partial class SyscallThreadsBackend
{
    /// <returns>0, -EPERM when epoll does not take the descriptor, or another negative errno that the call completes with.</returns>
    private long Prepare(DescriptorState state, ushort number, CallDirection direction)
    {
        bool needsNonBlocking = ReadinessCalls.NeedsNonBlocking(number);
        if (direction == CallDirection.Read || needsNonBlocking || !state.Direction(direction).Queue.IsEmpty)
        {
            long error = Watch(state, except: -1);
            if (error != 0)
            {
                return error;
            }
        }

        if (!state.IsProtocolKnown && (number == SyscallNumber.RecvFrom || ReadinessCalls.Accepts(number)))
        {
            state.IsProtocolKnown = true;
            state.IsTcp = SocketOption(state, OptionProtocol) == ProtocolTcp && SocketOption(state, OptionType) == TypeStream;
        }

        return needsNonBlocking && !state.IsNonBlocking ? SetNonBlocking(state) : 0;
    }

    /// <summary>
    /// Sees to it that the edges of a descriptor reach us. One that this loop did not make is asked for again each time: its
    /// number may have another owner by now, on whose edges nobody would wait.
    /// </summary>
    /// <param name="state">The descriptor.</param>
    /// <param name="except">Entry of the call that is about to wait, which belongs to the present owner; -1 for none.</param>
    /// <returns>0 or a negative errno.</returns>
    private long Watch(DescriptorState state, int except)
    {
        if (state.IsRegistered)
        {
            if (state.IsOwn)
            {
                return 0;
            }

            long answer = _epoll.Modify(state.FileDescriptor, state.EventData);
            if (answer != -Errno.NoEntry)
            {
                return answer;
            }

            // Calls that wait for the last owner would wait for ever, or get what is the next one's.
            Forget(state, except);
        }

        long error = _epoll.Add(state.FileDescriptor, state.EventData);
        if (error == -Errno.Exists)
        {
            error = _epoll.Modify(state.FileDescriptor, state.EventData);
        }

        state.IsRegistered = error == 0;
        return error;
    }

    private void Forget(DescriptorState state, int except)
    {
        CancelAllOn(state, except);
        state.Reset();
    }

    /// <summary>Calls that give the numbers of open descriptors away.</summary>
    private void ForgetReplaced(in SyscallEntry entry)
    {
        long first;
        long last;
        switch (entry.Number)
        {
            case NumberDup2 or NumberDup3 when entry.Argument0 != entry.Argument1:
                first = last = (uint)entry.Argument1;
                break;
            case NumberCloseRange when (entry.Argument2 & CloseRangeCloseOnExec) == 0:
                first = (uint)entry.Argument0;
                last = (uint)entry.Argument1;
                break;
            default:
                return;
        }

        for (long number = first; number <= last && number < _descriptors.Length; number++)
        {
            if (_descriptors.Find((int)number) is { } state)
            {
                Forget(state, except: -1);
            }
        }
    }

    private void NoteSocket(int fileDescriptor, long family, long type, long protocol)
    {
        if (TakeOver(fileDescriptor) is { } state)
        {
            state.IsProtocolKnown = true;
            state.IsTcp = (type & TypeMask) == TypeStream && family is FamilyInternet or FamilyInternet6 && protocol is 0 or ProtocolTcp;
            state.IsNonBlocking = (type & NonBlocking) != 0;
        }
    }

    private void NoteAccepted(DescriptorState listener, int fileDescriptor, in SyscallEntry entry)
    {
        if (TakeOver(fileDescriptor) is { } state)
        {
            state.IsProtocolKnown = true;
            state.IsTcp = listener.IsTcp;
            state.IsNonBlocking = entry.Number == SyscallNumber.Accept4 && (entry.Argument3 & NonBlocking) != 0;
        }
    }

    private DescriptorState? TakeOver(int fileDescriptor)
    {
        if (!_descriptors.TryGet(fileDescriptor, out DescriptorState state, out _))
        {
            // Another thread closed what we were just given: not ours any more, and the next call on it says so.
            return null;
        }

        Forget(state, except: -1);
        state.IsOwn = true;
        return state;
    }

    private long SetNonBlocking(DescriptorState state)
    {
        _traps++;
        long flags = RawSystemCall.Invoke(NumberFcntl, state.FileDescriptor, GetStatusFlags);
        if (flags < 0)
        {
            return flags;
        }

        if ((flags & NonBlocking) == 0)
        {
            _traps++;
            long answer = RawSystemCall.Invoke(NumberFcntl, state.FileDescriptor, SetStatusFlags, flags | NonBlocking);
            if (answer < 0)
            {
                return answer;
            }
        }

        state.IsNonBlocking = true;
        return 0;
    }

    private bool IsByteStream(DescriptorState state) =>
        state.IsTcp || SocketOption(state, OptionType) is TypeStream or TypeSequencedPackets;

    /// <summary>An option of a socket, or a negative errno.</summary>
    private long SocketOption(DescriptorState state, int option)
    {
        int value = 0;
        int valueBytes = sizeof(int);
        _traps++;
        long answer = RawSystemCall.Invoke(
            SyscallNumber.GetSockOpt, state.FileDescriptor, SocketLevel, option, (long)&value, (long)&valueBytes);
        return answer < 0 ? answer : value;
    }
}
