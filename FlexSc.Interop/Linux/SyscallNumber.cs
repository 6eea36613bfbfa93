namespace FlexSc.Interop.Linux;

/// <summary>Numbers of x86-64 system calls that the backends translate; see syscalls(2). Any other number is submitted as it is.</summary>
public static class SyscallNumber
{
    /// <summary>read(2).</summary>
    public const ushort Read = 0;

    /// <summary>write(2).</summary>
    public const ushort Write = 1;

    /// <summary>close(2).</summary>
    public const ushort Close = 3;

    /// <summary>pread64(2).</summary>
    public const ushort PRead64 = 17;

    /// <summary>pwrite64(2).</summary>
    public const ushort PWrite64 = 18;

    /// <summary>getpid(2).</summary>
    public const ushort GetPid = 39;

    /// <summary>connect(2).</summary>
    public const ushort Connect = 42;

    /// <summary>sendto(2); io_uring takes it without an address.</summary>
    public const ushort SendTo = 44;

    /// <summary>recvfrom(2); io_uring takes it without an address.</summary>
    public const ushort RecvFrom = 45;

    /// <summary>openat(2).</summary>
    public const ushort OpenAt = 257;

    /// <summary>accept4(2).</summary>
    public const ushort Accept4 = 288;

    /// <summary>statx(2).</summary>
    public const ushort Statx = 332;
}
