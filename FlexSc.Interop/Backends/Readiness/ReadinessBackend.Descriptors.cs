using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <content>What is to be known and set up of a descriptor before a call may wait on it.</content>
internal sealed partial class ReadinessBackend
{
    public void Disown(int fileDescriptor)
    {
        if (_descriptors.Find(fileDescriptor) is { IsRegistered: true } state)
        {
            _attempts.Unwatch(state);
        }

        _owners.Reset(new DescriptorRange((uint)fileDescriptor, (uint)fileDescriptor));
    }

    public long ExecuteNow(in SyscallEntry call)
    {
        // Before the number is given away: what is known of it is known of its present owner.
        _owners.Reset(DescriptorRange.EndedBy(call));
        return _attempts.Execute(call);
    }

    /// <returns>0, -EPERM when the descriptor has no readiness, or another negative errno that the call completes with.</returns>
    private long Prepare(Descriptor state, ushort number, CallDirection direction)
    {
        bool needsNonBlocking = SyscallTable.Of(number).NeedsNonBlocking;
        if (direction == CallDirection.Read || needsNonBlocking || !state.QueueOf(direction).IsEmpty)
        {
            long error = Watch(state, number, except: -1);
            if (error != 0)
            {
                return error;
            }
        }

        if (!_attempts.HandsOver && state.Kind < DescriptorKind.NotTcp && (number == SyscallNumber.RecvFrom || ReadinessCalls.Accepts(number)))
        {
            _descriptorCalls.FindProtocol(state);
        }

        // One that is neither ours nor watched may have another owner since it was looked at.
        bool isKnown = state.IsNonBlocking && (state.IsOwn || state.IsRegistered);
        return needsNonBlocking && !isKnown ? _descriptorCalls.SetNonBlocking(state) : 0;
    }

    /// <summary>
    /// Sees to it that the readiness of a descriptor reaches us. One that this loop did not make is asked for again each time: its
    /// number may have another owner by now, on whose edges nobody would wait.
    /// </summary>
    /// <param name="state">The descriptor.</param>
    /// <param name="number">Number of the call that is to wait.</param>
    /// <param name="except">Entry of the call that is about to wait, which belongs to the present owner; -1 for none.</param>
    /// <returns>0 or a negative errno; see <see cref="IAttempts.Watch"/>.</returns>
    private long Watch(Descriptor state, ushort number, int except)
    {
        if (state.IsRegistered && state.IsOwn)
        {
            return 0;
        }

        bool wasRegistered = state.IsRegistered;
        long answer = _attempts.Watch(state, number);
        if (answer == -Errno.NoEntry && wasRegistered)
        {
            // Calls that wait for the last owner would wait for ever, or get what is the next one's.
            CancelAllOn(state, except);
            state.Reset();
            answer = _attempts.Watch(state, number);
        }

        return answer;
    }

    /// <summary>A call that makes a descriptor has made one.</summary>
    private void NoteMade(int fileDescriptor, in SyscallEntry entry)
    {
        switch (entry.Number)
        {
            case SyscallNumber.Socket when _owners.TakeOver(fileDescriptor) is { } state:
                bool isTcp = (entry.Argument1 & TypeMask) == TypeStream
                    && entry.Argument0 is FamilyInternet or FamilyInternet6 && entry.Argument2 is 0 or ProtocolTcp;
                state.Kind = isTcp ? DescriptorKind.Tcp : DescriptorKind.NotTcp;
                state.IsNonBlocking = (entry.Argument1 & NonBlocking) != 0;
                break;
            case SyscallNumber.OpenAt or SyscallNumber.OpenAt2:
                _owners.TakeOver(fileDescriptor);
                break;
        }
    }

    private void NoteAccepted(Descriptor listener, int fileDescriptor, in SyscallEntry entry)
    {
        if (_owners.TakeOver(fileDescriptor) is { } state)
        {
            state.Kind = listener.Kind <= DescriptorKind.File ? DescriptorKind.Waitable : listener.Kind;
            state.IsNonBlocking = ReadinessCalls.AcceptsNonBlocking(entry);
        }
    }
}
