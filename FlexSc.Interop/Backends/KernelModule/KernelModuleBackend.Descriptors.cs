using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.KernelModule;

/// <content>What is to be known and set up of a descriptor before a call on it may wait.</content>
internal sealed unsafe partial class KernelModuleBackend
{
    /// <summary>
    /// Sees to it that a call without a flag of its own for it does not wait inside the call. One look at a descriptor that this
    /// loop made; one a call at any other.
    /// </summary>
    /// <returns>0, or a negative errno that the call completes with.</returns>
    private long Prepare(ModuleDescriptor state, ushort number)
    {
        if (!ReadinessCalls.NeedsNonBlocking(number))
        {
            return 0;
        }

        if (ReadinessCalls.MayBeFile(number))
        {
            long error = state.IsOwn && state.IsKindKnown ? 0 : FindKind(state);
            if (error != 0 || state.IsFile)
            {
                return error;
            }
        }

        return state.IsOwn && state.IsNonBlocking ? 0 : _descriptorCalls.SetNonBlocking(state);
    }

    private long FindKind(ModuleDescriptor state)
    {
        NativeStatus status;
        byte emptyPath = 0;
        _traps++;
        long answer = RawSystemCall.Invoke(
            SyscallNumber.Statx, state.FileDescriptor, (long)&emptyPath, NativeStatus.EmptyPath, NativeStatus.MaskType, (long)&status);
        if (answer < 0)
        {
            return answer;
        }

        state.IsKindKnown = true;
        state.IsFile = status.FileType is NativeStatus.TypeRegular or NativeStatus.TypeBlockDevice or NativeStatus.TypeDirectory;
        return 0;
    }

    /// <summary>Calls that make a descriptor whose kind they tell, or leave to be found out.</summary>
    private void NoteOpened(int fileDescriptor, in SyscallEntry entry)
    {
        switch (entry.Number)
        {
            case SyscallNumber.Socket:
                NoteSocket(fileDescriptor, (entry.Argument1 & NonBlocking) != 0);
                break;
            case SyscallNumber.OpenAt or SyscallNumber.OpenAt2:
                _owners.TakeOver(fileDescriptor);
                break;
        }
    }

    private void NoteAccepted(int fileDescriptor, in SyscallEntry entry) =>
        NoteSocket(fileDescriptor, ReadinessCalls.AcceptsNonBlocking(entry));

    private void NoteSocket(int fileDescriptor, bool isNonBlocking)
    {
        if (_owners.TakeOver(fileDescriptor) is { } state)
        {
            state.IsKindKnown = true;
            state.IsNonBlocking = isNonBlocking;
        }
    }
}
