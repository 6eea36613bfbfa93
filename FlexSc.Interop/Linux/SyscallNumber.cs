namespace FlexSc.Interop.Linux;

/// <summary>
/// Numbers by which entries name system calls, see syscalls(2): those of x86-64, on every machine. Where the machine's own are others, as on
/// arm64, they are translated when the call is made; a call that the machine does not have completes with -ENOSYS. So is any number that is
/// not named here. Arguments are the machine's own.
/// </summary>
public static class SyscallNumber
{
    /// <summary>read(2).</summary>
    public const ushort Read = 0;

    /// <summary>write(2).</summary>
    public const ushort Write = 1;

    /// <summary>close(2).</summary>
    public const ushort Close = 3;

    /// <summary>lseek(2).</summary>
    internal const ushort LSeek = 8;

    /// <summary>ioctl(2).</summary>
    internal const ushort Ioctl = 16;

    /// <summary>pread64(2).</summary>
    public const ushort PRead64 = 17;

    /// <summary>pwrite64(2).</summary>
    public const ushort PWrite64 = 18;

    /// <summary>getpid(2).</summary>
    public const ushort GetPid = 39;

    /// <summary>socket(2).</summary>
    public const ushort Socket = 41;

    /// <summary>connect(2).</summary>
    public const ushort Connect = 42;

    /// <summary>sendto(2); io_uring takes it without an address.</summary>
    public const ushort SendTo = 44;

    /// <summary>recvfrom(2); io_uring takes it without an address.</summary>
    public const ushort RecvFrom = 45;

    /// <summary>sendmsg(2).</summary>
    public const ushort SendMsg = 46;

    /// <summary>recvmsg(2).</summary>
    public const ushort RecvMsg = 47;

    /// <summary>shutdown(2).</summary>
    public const ushort Shutdown = 48;

    /// <summary>bind(2).</summary>
    public const ushort Bind = 49;

    /// <summary>listen(2).</summary>
    public const ushort Listen = 50;

    /// <summary>getsockname(2).</summary>
    public const ushort GetSockName = 51;

    /// <summary>getpeername(2).</summary>
    public const ushort GetPeerName = 52;

    /// <summary>setsockopt(2).</summary>
    public const ushort SetSockOpt = 54;

    /// <summary>getsockopt(2).</summary>
    public const ushort GetSockOpt = 55;

    /// <summary>fcntl(2).</summary>
    internal const ushort Fcntl = 72;

    /// <summary>flock(2).</summary>
    internal const ushort FLock = 73;

    /// <summary>F_SETLKW.</summary>
    internal const int FcntlSetLockWait = 7;

    /// <summary>F_OFD_SETLK.</summary>
    internal const int FcntlSetOpenFileLock = 37;

    /// <summary>F_OFD_SETLKW.</summary>
    internal const int FcntlSetOpenFileLockWait = 38;

    /// <summary>fsync(2).</summary>
    public const ushort FSync = 74;

    /// <summary>fdatasync(2).</summary>
    public const ushort FDataSync = 75;

    /// <summary>truncate(2).</summary>
    public const ushort Truncate = 76;

    /// <summary>ftruncate(2).</summary>
    public const ushort FTruncate = 77;

    /// <summary>gettid(2).</summary>
    public const ushort GetTid = 186;

    /// <summary>getdents64(2).</summary>
    public const ushort GetDents64 = 217;

    /// <summary>openat(2).</summary>
    public const ushort OpenAt = 257;

    /// <summary>mkdirat(2).</summary>
    public const ushort MkDirAt = 258;

    /// <summary>unlinkat(2).</summary>
    public const ushort UnlinkAt = 263;

    /// <summary>inotify_add_watch(2).</summary>
    internal const ushort InotifyAddWatch = 254;

    /// <summary>linkat(2).</summary>
    internal const ushort LinkAt = 265;

    /// <summary>ppoll(2), which arm64 has in place of poll(2).</summary>
    internal const ushort PPoll = 271;

    /// <summary>epoll_pwait(2), which arm64 has in place of epoll_wait(2).</summary>
    internal const ushort EpollPWait = 281;

    /// <summary>fallocate(2).</summary>
    internal const ushort Fallocate = 285;

    /// <summary>accept4(2).</summary>
    public const ushort Accept4 = 288;

    /// <summary>inotify_init1(2).</summary>
    internal const ushort InotifyInit1 = 294;

    /// <summary>renameat2(2).</summary>
    public const ushort RenameAt2 = 316;

    /// <summary>copy_file_range(2).</summary>
    internal const ushort CopyFileRange = 326;

    /// <summary>statx(2).</summary>
    public const ushort Statx = 332;

    /// <summary>close_range(2).</summary>
    internal const ushort ReadV = 19;
    internal const ushort WriteV = 20;
    internal const ushort Dup2 = 33;
    internal const ushort Dup3 = 292;
    internal const ushort CloseRange = 436;

    /// <summary>openat2(2).</summary>
    public const ushort OpenAt2 = 437;
}
