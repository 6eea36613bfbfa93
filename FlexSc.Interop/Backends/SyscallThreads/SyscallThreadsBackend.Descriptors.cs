using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>What is to be known and set up of a descriptor before a call may wait on it.</content>
internal sealed unsafe partial class SyscallThreadsBackend
{
    /// <returns>0, -EPERM when epoll does not take the descriptor, or another negative errno that the call completes with.</returns>
    private long Prepare(EpollDescriptor state, ushort number, CallDirection direction)
    {
        bool needsNonBlocking = ReadinessCalls.NeedsNonBlocking(number);
        if (direction == CallDirection.Read || needsNonBlocking || !state.QueueOf(direction).IsEmpty)
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
            state.IsTcp = _descriptorCalls.SocketOption(state, OptionProtocol) == ProtocolTcp
                && _descriptorCalls.SocketOption(state, OptionType) == TypeStream;
        }

        return needsNonBlocking && !state.IsNonBlocking ? _descriptorCalls.SetNonBlocking(state) : 0;
    }

    /// <summary>
    /// Sees to it that the edges of a descriptor reach us. One that this loop did not make is asked for again each time: its
    /// number may have another owner by now, on whose edges nobody would wait.
    /// </summary>
    /// <param name="state">The descriptor.</param>
    /// <param name="except">Entry of the call that is about to wait, which belongs to the present owner; -1 for none.</param>
    /// <returns>0 or a negative errno.</returns>
    private long Watch(EpollDescriptor state, int except)
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
            CancelAllOn(state, except);
            state.Reset();
        }

        long error = _epoll.Add(state.FileDescriptor, state.EventData);
        if (error == -Errno.Exists)
        {
            error = _epoll.Modify(state.FileDescriptor, state.EventData);
        }

        state.IsRegistered = error == 0;
        return error;
    }

    private void NoteSocket(int fileDescriptor, long family, long type, long protocol)
    {
        if (_owners.TakeOver(fileDescriptor) is { } state)
        {
            state.IsProtocolKnown = true;
            state.IsTcp = (type & TypeMask) == TypeStream && family is FamilyInternet or FamilyInternet6 && protocol is 0 or ProtocolTcp;
            state.IsNonBlocking = (type & NonBlocking) != 0;
        }
    }

    private void NoteAccepted(EpollDescriptor listener, int fileDescriptor, in SyscallEntry entry)
    {
        if (_owners.TakeOver(fileDescriptor) is { } state)
        {
            state.IsProtocolKnown = true;
            state.IsTcp = listener.IsTcp;
            state.IsNonBlocking = ReadinessCalls.AcceptsNonBlocking(entry);
        }
    }
}
