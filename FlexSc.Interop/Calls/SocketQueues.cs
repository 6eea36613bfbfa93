using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>
/// What the kernel holds for a socket, and how far its peer has come with what was sent. By ordinary calls and not through a page: they never wait and take
/// about a microsecond. From any thread that has a say about the descriptor.
/// </summary>
public static unsafe class SocketQueues
{
    private const long InputQueue = 0x541B; // SIOCINQ of linux/sockios.h
    private const long OutputQueue = 0x5411; // SIOCOUTQ of linux/sockios.h
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int TcpInfo = 11; // TCP_INFO
    private const int UnacknowledgedOffset = 24; // tcpi_unacked
    private const int BytesAcknowledgedOffset = 120; // tcpi_bytes_acked of struct tcp_info, linux/tcp.h
    private const int TcpInfoBytes = 128;

    /// <summary>Bytes the kernel holds: to be sent, and sent and not acknowledged by the peer's kernel. SIOCOUTQ, see tcp(7).</summary>
    /// <exception cref="LinuxException">The kernel refuses: EBADF, or EINVAL for a listening socket.</exception>
    public static int QueuedBytes(int socket) => Ask(socket, OutputQueue, "ioctl SIOCOUTQ");

    /// <summary>Bytes that have come and were not received. SIOCINQ, see tcp(7).</summary>
    /// <exception cref="LinuxException">The kernel refuses: EBADF, or EINVAL for a listening socket.</exception>
    public static int ReceivedBytes(int socket) => Ask(socket, InputQueue, "ioctl SIOCINQ");

    /// <summary>Bytes that the peer's kernel has acknowledged since the connection began; it never falls. TCP_INFO, Linux 4.1.</summary>
    /// <exception cref="LinuxException">The kernel refuses: EBADF, or EOPNOTSUPP where the socket is not TCP's.</exception>
    public static long AcknowledgedBytes(int socket)
    {
        byte* information = stackalloc byte[TcpInfoBytes];
        ReadTcpInfo(socket, information);
        return *(long*)(information + BytesAcknowledgedOffset);
    }

    /// <summary>Connections of a listening socket that wait to be accepted. TCP_INFO, where the number is that of a queue of segments else.</summary>
    /// <exception cref="LinuxException">The kernel refuses: EBADF, or EOPNOTSUPP where the socket is not TCP's.</exception>
    public static int WaitingConnections(int listener)
    {
        byte* information = stackalloc byte[TcpInfoBytes];
        ReadTcpInfo(listener, information);
        return *(int*)(information + UnacknowledgedOffset);
    }

    private static int Ask(int socket, long request, string call)
    {
        int bytes;
        long answer = LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
        {
            Number = SyscallNumber.Ioctl, Argument0 = socket, Argument1 = request, Argument2 = (long)&bytes,
        });
        return answer >= 0 ? bytes : throw CallResult.Failure(answer, call, CallResult.NameOf(socket));
    }

    private static void ReadTcpInfo(int socket, byte* information)
    {
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
        if (answer < 0)
        {
            throw CallResult.Failure(answer, "getsockopt TCP_INFO", CallResult.NameOf(socket));
        }
    }
}
