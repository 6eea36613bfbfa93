using System.Collections.Frozen;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends;

/// <summary>
/// Calls that answer at once whatever their arguments: the loop executes them itself when it flushes, because handing them to
/// another thread costs more than the call. Numbers are those of x86-64, see syscalls(2).
/// </summary>
internal static class PromptCalls
{
    private static readonly FrozenSet<ushort> Numbers = new ushort[]
    {
        // Sockets: socket, shutdown, bind, listen, getsockname, getpeername, socketpair, setsockopt, getsockopt.
        SyscallNumber.Socket, SyscallNumber.Shutdown, SyscallNumber.Bind, SyscallNumber.Listen, SyscallNumber.GetSockName,
        SyscallNumber.GetPeerName, 53, SyscallNumber.SetSockOpt, SyscallNumber.GetSockOpt,

        // Descriptors: dup, pipe2, epoll_create1, eventfd2, lseek.
        32, 293, 291, 290, 8,

        // Questions: getpid, getppid, getuid, geteuid, getgid, getegid, uname, clock_gettime.
        SyscallNumber.GetPid, 110, 102, 107, 104, 108, 63, 228,
    }.ToFrozenSet();

    public static bool Contains(ushort number) => Numbers.Contains(number);
}
