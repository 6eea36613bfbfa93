using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>
/// Opening a FIFO waits for its other side, possibly for ever, and only opening it tells that it is one. So every open is made
/// with O_NONBLOCK first, among the calls that end by themselves; the few that have to wait are made once more as they were asked
/// for, among those that may wait for ever. To the program all opens are as open(2) has them, on every backend. On the loop's thread.
/// </summary>
/// <param name="entryCount">Entries of the page set.</param>
/// <param name="execute">Executes a call that answers at once.</param>
internal sealed unsafe class OpenCalls(int entryCount, Func<SyscallEntry, long> execute) : IDisposable
{
    private const long AccessMode = 3; // O_ACCMODE
    private const long ReadWrite = 2; // O_RDWR
    private const long NonBlocking = 0x800; // O_NONBLOCK
    private const long PathOnly = 0x200000; // O_PATH
    private const long Create = 0x40; // O_CREAT
    private const long Truncate = 0x200; // O_TRUNC
    private const ushort NumberOpen = 2;
    private const long SetNonBlocking = 0x5421; // FIONBIO
    private const long SeekCurrent = 1;

    private static readonly long Directory = OpenFlagBits.OfMachine.Directory;

    /// <summary>For each entry a copy of its <c>struct open_how</c>, at an address that the kernel may read at any time.</summary>
    private NativeOpenHow* _copies;

    /// <summary>Has an open not wait, if it is one that might.</summary>
    /// <param name="index">Its entry.</param>
    /// <param name="entry">The call as it was asked for; becomes the one to make.</param>
    /// <returns>False when it is to be made as it is.</returns>
    public bool TryMakeNonBlocking(int index, ref SyscallEntry entry)
    {
        if (!MayWait(entry))
        {
            return false;
        }

        switch (entry.Number)
        {
            case NumberOpen:
                entry.Argument1 |= NonBlocking;
                return true;
            case SyscallNumber.OpenAt:
                entry.Argument2 |= NonBlocking;
                return true;
            default:
                if (_copies == null)
                {
                    _copies = (NativeOpenHow*)NativeMemory.Alloc((nuint)entryCount, (nuint)sizeof(NativeOpenHow));
                }

                _copies[index] = *(NativeOpenHow*)entry.Argument2;
                _copies[index].Flags |= (ulong)NonBlocking;
                entry.Argument2 = (long)(_copies + index);
                return true;
        }
    }

    /// <summary>True for an open that may wait for the other side of a FIFO.</summary>
    public static bool MayWait(in SyscallEntry entry)
    {
        long flags = FlagsOf(entry);
        return (flags & (NonBlocking | Directory | PathOnly)) == 0 && (flags & AccessMode) < ReadWrite;
    }

    /// <summary>True for an open that io_uring makes without waiting by itself, and takes O_NONBLOCK away again.</summary>
    public static bool IsTriedByKernel(in SyscallEntry entry) => (FlagsOf(entry) & (Create | Truncate)) == 0;

    /// <summary>
    /// Judges an open that did not wait. True when it has to: it is to be made as it was asked for, and until it has ended
    /// <paramref name="held"/> stays open, for this side is there from now on as it is for one that waits.
    /// </summary>
    /// <param name="entry">The call as it was asked for.</param>
    /// <param name="result">What it answered.</param>
    /// <param name="isSet">O_NONBLOCK is set on the descriptor and is to be taken away.</param>
    /// <param name="held">The descriptor to close then, with <see cref="Release"/>; -1 for none.</param>
    public bool HasToWait(in SyscallEntry entry, long result, bool isSet, out int held)
    {
        held = -1;
        if (result < 0)
        {
            // ENXIO: nobody reads the FIFO. EAGAIN: a lease is to be given up first, or a name changed meanwhile (openat2).
            return result is -Errno.NoSuchDevice or -Errno.Again;
        }

        // For writing it would have answered ENXIO.
        bool reads = (FlagsOf(entry) & AccessMode) == 0;
        if (reads && IsFifo(result) && !HasPeerCome(result))
        {
            held = (int)result;
            return true;
        }

        if (isSet)
        {
            int zero = 0;
            _ = Invoke(SyscallNumber.Ioctl, result, SetNonBlocking, (long)&zero);
        }

        return false;
    }

    /// <summary>Closes what was held while an open waited.</summary>
    public void Release(int held)
    {
        if (held >= 0)
        {
            _ = Invoke(SyscallNumber.Close, held);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_copies);
        _copies = null;
    }

    /// <summary>Flags of an open; those of one that waits for nobody where they are not to be had.</summary>
    private static long FlagsOf(in SyscallEntry entry) => entry.Number switch
    {
        NumberOpen => entry.Argument1,
        SyscallNumber.OpenAt => entry.Argument2,
        SyscallNumber.OpenAt2 when entry.Argument2 != 0 && entry.Argument3 == sizeof(NativeOpenHow) =>
            (long)((NativeOpenHow*)entry.Argument2)->Flags,
        _ => NonBlocking,
    };

    /// <summary>True when a writer has left data, or has come and gone.</summary>
    private bool HasPeerCome(long fileDescriptor)
    {
        const short inOrHangUp = 0x1 | 0x10; // POLLIN, POLLHUP
        long question = (uint)fileDescriptor | ((long)inOrHangUp << 32); // struct pollfd
        KernelTimespec atOnce = default;
        return Invoke(SyscallNumber.PPoll, (long)&question, 1, (long)&atOnce) > 0;
    }

    private bool IsFifo(long fileDescriptor)
    {
        // The cheap question first: what has a position is none.
        if (Invoke(SyscallNumber.LSeek, fileDescriptor, 0, SeekCurrent) != -RareErrno.IllegalSeek)
        {
            return false;
        }

        NativeStatus status;
        byte emptyPath = 0;
        long answer = Invoke(
            SyscallNumber.Statx, fileDescriptor, (long)&emptyPath, NativeStatus.EmptyPath, NativeStatus.MaskType, (long)&status);
        return answer == 0 && status.FileType == NativeStatus.TypeFifo;
    }

    private long Invoke(ushort number, long argument0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0) =>
        execute(SyscallEntry.Of(number, argument0, argument1, argument2, argument3, argument4));
}
