using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>
/// How far the peer of a socket has come with what was sent. By ordinary calls and not through a page: they never wait and take
/// about a microsecond. From any thread that has a say about the descriptor.
/// </summary>
public static unsafe class SocketQueues
{
    private const long OutputQueue = 0x5411; // SIOCOUTQ of linux/sockios.h
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int TcpInfo = 11; // TCP_INFO
    private const int BytesAcknowledgedOffset = 120; // tcpi_bytes_acked of struct tcp_info, linux/tcp.h
    private const int TcpInfoBytes = 128;

    /// <summary>Bytes the kernel holds: to be sent, and sent and not acknowledged by the peer's kernel. SIOCOUTQ, see tcp(7).</summary>
    /// <exception cref="LinuxException">The kernel refuses: EBADF, or EINVAL for a listening socket.</exception>
    public static int QueuedBytes(int socket)
    {
        int bytes;
        long answer = LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
        {
            Number = SyscallNumber.Ioctl, Argument0 = socket, Argument1 = OutputQueue, Argument2 = (long)&bytes,
        });
        return answer >= 0 ? bytes : throw CallResult.Failure(answer, "ioctl SIOCOUTQ", CallResult.NameOf(socket));
    }

    /// <summary>Bytes that the peer's kernel has acknowledged since the connection began; it never falls. TCP_INFO, Linux 4.1.</summary>
    /// <exception cref="LinuxException">The kernel refuses: EBADF, or EOPNOTSUPP where the socket is not TCP's.</exception>
    public static long AcknowledgedBytes(int socket)
    {
        byte* information = stackalloc byte[TcpInfoBytes];
        int length = TcpInfoBytes;
        long answer = LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
        {
            Number = SyscallNumber.GetSockOpt,
            Argument0 = socket,
            Argument1 = TcpLevel,
            Argument2 = TcpInfo,
            Argument3 = (long)information,
            Argument4 = (long)&length,
        });
        return answer >= 0
            ? *(long*)(information + BytesAcknowledgedOffset)
            : throw CallResult.Failure(answer, "getsockopt TCP_INFO", CallResult.NameOf(socket));
    }
}
