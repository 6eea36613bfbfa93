using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Giving descriptors back without an entry, by an ordinary call that answers at once: what cannot be served because entries,
/// descriptors or memory are short must need none of them to be got rid of. On the loop's thread, from any once the loop was ended by
/// an error; no call may be in flight on the descriptor, for close(2) does not end those.
/// </summary>
public static class ImmediateCalls
{
    private const int SeekCurrent = 1; // SEEK_CUR
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int OptionLinger = 13; // SO_LINGER

    /// <summary>Closes a descriptor now; close(2). The number is free afterwards whatever it answers, unless it was not open.</summary>
    /// <returns>0 or a negative errno.</returns>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static long CloseNow(this SyscallLoop loop, int fileDescriptor)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.CallNow(SyscallNumber.Close, fileDescriptor);
    }

    /// <summary>Closes a socket now and resets its connection: SO_LINGER with a time of 0, see socket(7).</summary>
    /// <returns>0 or a negative errno.</returns>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static unsafe long ResetNow(this SyscallLoop loop, int socket)
    {
        ArgumentNullException.ThrowIfNull(loop);

        // struct linger: l_onoff 1 in the low word, l_linger 0 in the high one. Where it fails there is no connection to reset.
        long onWithNoTime = 1;
        _ = loop.CallNow(SyscallNumber.SetSockOpt, socket, LevelSocket, OptionLinger, (long)&onWithNoTime, sizeof(long));
        return loop.CloseNow(socket);
    }

    /// <summary>
    /// Whether an open file has positions, by lseek(2): a FIFO, a socket or a terminal has none, and what is at an offset of one would be
    /// answered differently by the backends.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static bool HasPositions(this SyscallLoop loop, int fileDescriptor)
    {
        ArgumentNullException.ThrowIfNull(loop);
        return loop.CallNow(SyscallNumber.LSeek, fileDescriptor, 0, SeekCurrent) != -RareErrno.IllegalSeek;
    }

    /// <summary>
    /// Closes a socket or a file that no loop has a call in flight on, or whose loop takes no calls any more. From any thread; the number is free
    /// afterwards.
    /// </summary>
    /// <param name="socket">The descriptor.</param>
    /// <param name="reset">Whether the peer sees a reset.</param>
    public static unsafe void CloseWithoutLoop(int socket, bool reset)
    {
        DirectCall call = LoopEnvironment.Ambient.CallDirectly;
        if (reset)
        {
            long onWithNoTime = 1;
            _ = call(new SyscallEntry
            {
                Number = SyscallNumber.SetSockOpt,
                Argument0 = socket,
                Argument1 = LevelSocket,
                Argument2 = OptionLinger,
                Argument3 = (long)&onWithNoTime,
                Argument4 = sizeof(long),
            });
        }

        _ = call(new SyscallEntry { Number = SyscallNumber.Close, Argument0 = socket });
    }

    /// <summary>Metadata of a name, of a link itself, without a loop; statx(2). From any thread. It waits for the disk where that is needed.</summary>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    /// <exception cref="LinuxException">The kernel refuses: ENOENT where there is none.</exception>
    public static FileStatus StatWithoutLoop(string path)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        using NativeBlock status = NativeBlock.Allocate(Unsafe.SizeOf<NativeStatus>());
        long result = LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
        {
            Number = SyscallNumber.Statx,
            Argument0 = NativePath.WorkingDirectory,
            Argument1 = nativePath.Address,
            Argument2 = FileStatusCalls.SymbolicLinkNoFollow,
            Argument3 = NativeStatus.MaskBasic,
            Argument4 = status.Address,
        });
        CallResult.OfObject(result, "statx", path);
        return FileStatus.Of(MemoryMarshal.AsRef<NativeStatus>(status.Span));
    }

    /// <summary>Removes a name that is no directory's, without a loop; unlinkat(2). From any thread. It waits for the disk where that is needed.</summary>
    /// <returns>0 or a negative errno.</returns>
    /// <exception cref="ArgumentException">The path holds a NUL.</exception>
    public static long UnlinkWithoutLoop(string path)
    {
        using NativeBlock nativePath = NativePath.Copy(path);
        return LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
        {
            Number = SyscallNumber.UnlinkAt,
            Argument0 = NativePath.WorkingDirectory,
            Argument1 = nativePath.Address,
        });
    }

    /// <summary>Who is at the other end of a Unix socket; SO_PEERCRED of unix(7): as it was when the connection was made.</summary>
    /// <exception cref="LinuxException">The socket is not connected.</exception>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public static unsafe (int ProcessId, uint UserId, uint GroupId) GetPeerCredentialsNow(this SyscallLoop loop, int socket)
    {
        const int optionPeerCredentials = 17; // SO_PEERCRED
        ArgumentNullException.ThrowIfNull(loop);

        // struct ucred: pid, uid, gid.
        uint* credentials = stackalloc uint[3];
        int bytes = 3 * sizeof(uint);
        long result = loop.CallNow(SyscallNumber.GetSockOpt, socket, LevelSocket, optionPeerCredentials, (long)credentials, (long)&bytes);
        CallResult.OfDescriptor(result, "getsockopt(SO_PEERCRED)", socket);
        return ((int)credentials[0], credentials[1], credentials[2]);
    }
}
