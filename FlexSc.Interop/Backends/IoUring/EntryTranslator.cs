using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>Writes a syscall entry as a submission queue entry.</summary>
internal static class EntryTranslator
{
    /// <summary>IORING: "at the file position", as read(2) and write(2) do.</summary>
    private const ulong CurrentPosition = ulong.MaxValue;

    /// <summary>0, or the negative errno that the entry completes with because io_uring cannot carry it.</summary>
    public static long Translate(in SyscallEntry entry, ref SubmissionQueueEntry target)
    {
        bool multishot = (entry.Flags & EntryFlags.Multishot) != 0;
        bool provided = (entry.Flags & EntryFlags.ProvidedBuffer) != 0;
        if (!EntryRules.SupportsFlags(entry))
        {
            return -Errno.Invalid;
        }

        byte opcode = SyscallTable.Of(entry.Number).Opcode ?? IoUringOpcode.Nop;
        switch (entry.Number)
        {
            case FlexScAbi.NumberNop:
                target.Opcode = IoUringOpcode.Nop;
                return 0;
            case FlexScAbi.NumberCancel:
                target.Opcode = IoUringOpcode.AsyncCancel;
                target.FileDescriptor = -1;
                target.Address = (ulong)entry.Argument0;
                return 0;
            case FlexScAbi.NumberPoll:
                Fill(ref target, IoUringOpcode.PollAdd, entry.Argument0, 0, 0, 0, (uint)entry.Argument1);
                return 0;
            case SyscallNumber.Read:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, CurrentPosition, 0);
                return 0;
            case SyscallNumber.Write:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, CurrentPosition, 0);
                return 0;
            case SyscallNumber.PRead64 when entry.Argument3 >= 0:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, (ulong)entry.Argument3, 0);
                return 0;
            case SyscallNumber.PWrite64 when entry.Argument3 >= 0:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, (ulong)entry.Argument3, 0);
                return 0;
            case SyscallNumber.PRead64 or SyscallNumber.PWrite64:
                return -Errno.Invalid;
            case SyscallNumber.RecvFrom when entry.Argument4 == 0:
                FillReceive(ref target, opcode, entry, multishot, provided);
                return 0;
            case SyscallNumber.SendMsg:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, 1, 0, (uint)entry.Argument2);
                return 0;
            case SyscallNumber.RecvMsg:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, 1, 0, (uint)entry.Argument2);
                SelectBuffer(ref target, multishot, provided);
                return 0;
            case SyscallNumber.SendTo when entry.Argument5 is >= 0 and <= ushort.MaxValue:
                // The address goes where an offset goes, its length into a field of its own.
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, (ulong)entry.Argument4, (uint)entry.Argument3);
                target.AddressLength = (ushort)entry.Argument5;
                return 0;
            case SyscallNumber.Accept4:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, 0, (ulong)entry.Argument2, (uint)entry.Argument3);
                target.IoPriority = multishot ? IoUringUapi.AcceptMultishot : (ushort)0;
                return 0;
            case SyscallNumber.Connect:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, 0, (ulong)entry.Argument2, 0);
                return 0;
            case SyscallNumber.Close:
                Fill(ref target, opcode, entry.Argument0, 0, 0, 0, 0);
                return 0;
            case SyscallNumber.OpenAt:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument3, 0, (uint)entry.Argument2);
                return 0;
            case SyscallNumber.OpenAt2:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument3, (ulong)entry.Argument2, 0);
                return 0;
            case SyscallNumber.FSync:
                Fill(ref target, opcode, entry.Argument0, 0, 0, 0, 0);
                return 0;
            case SyscallNumber.FDataSync:
                Fill(ref target, opcode, entry.Argument0, 0, 0, 0, IoUringUapi.FsyncDataSync);
                return 0;
            case SyscallNumber.Fallocate:
                // The length goes where an address goes, the mode where a length goes.
                Fill(ref target, opcode, entry.Argument0, entry.Argument3, entry.Argument1, (ulong)entry.Argument2, 0);
                return 0;
            case SyscallNumber.MkDirAt:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, 0, 0);
                return 0;
            case SyscallNumber.UnlinkAt:
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, 0, 0, (uint)entry.Argument2);
                return 0;
            case SyscallNumber.RenameAt2:
                // The second directory goes where a length goes, the second path where an offset goes.
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, (ulong)entry.Argument3, (uint)entry.Argument4);
                return 0;
            case SyscallNumber.Statx:
                // The mask goes where a length goes, the result's address where an offset goes.
                Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument3, (ulong)entry.Argument4, (uint)entry.Argument2);
                return 0;
            default:
                return -Errno.NoSystemCall;
        }
    }

    private static void FillReceive(ref SubmissionQueueEntry target, byte opcode, in SyscallEntry entry, bool multishot, bool provided)
    {
        if (!provided)
        {
            Fill(ref target, opcode, entry.Argument0, entry.Argument1, entry.Argument2, 0, (uint)entry.Argument3);
            return;
        }

        // Length 0: as much as the picked buffer holds; a multishot receive takes no other.
        Fill(ref target, opcode, entry.Argument0, 0, 0, 0, (uint)entry.Argument3);
        SelectBuffer(ref target, multishot, provided);
    }

    private static void SelectBuffer(ref SubmissionQueueEntry target, bool multishot, bool provided)
    {
        if (provided)
        {
            target.Flags = IoUringUapi.SqeBufferSelect;
            target.BufferGroup = ProvidedBufferRing.Group;
            target.IoPriority = multishot ? IoUringUapi.RecvMultishot : (ushort)0;
        }
    }

    private static void Fill(
        ref SubmissionQueueEntry target, byte opcode, long fileDescriptor, long address, long length, ulong offset, uint operationFlags)
    {
        target.Opcode = opcode;
        target.FileDescriptor = (int)fileDescriptor;
        target.Address = (ulong)address;

        // A ring entry counts in 32 bits; like the kernel's own calls, a longer request is served in part.
        target.Length = (uint)Math.Min((ulong)length, int.MaxValue);
        target.Offset = offset;
        target.OperationFlags = operationFlags;
    }
}
