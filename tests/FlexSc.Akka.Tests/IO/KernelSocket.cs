using System.Net.Sockets;

namespace FlexSc.Akka.Tests.IO;

/// <summary>What the kernel has of a connection, whatever its loop has taken of it.</summary>
internal static class KernelSocket
{
    public const int EndedByPeer = 8; // TCP_CLOSE_WAIT of linux/tcp_states.h
    public const int Closed = 7; // TCP_CLOSE

    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int TcpInfo = 11; // TCP_INFO, whose first byte is tcpi_state

    public static int DescriptorOf(TcpPair pair) => ((FlexSc.Akka.IO.TcpConnection)pair.Connection).Socket;

    public static int StateOf(TcpPair pair)
    {
        using Socket wrapped = Wrap(pair);
        byte[] information = new byte[1];
        wrapped.GetRawSocketOption(TcpLevel, TcpInfo, information);
        return information[0];
    }

    /// <summary>A send would take something, or fail.</summary>
    public static bool HasRoom(TcpPair pair)
    {
        using Socket wrapped = Wrap(pair);
        return wrapped.Poll(0, SelectMode.SelectWrite);
    }

    /// <summary>Takes the error that no call was told yet: the next one is not told it.</summary>
    public static void TakeError(TcpPair pair)
    {
        using Socket wrapped = Wrap(pair);
        wrapped.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error);
    }

    /// <summary>The descriptor is the connection's: the wrapper does not close it.</summary>
    private static Socket Wrap(TcpPair pair) => new(new SafeSocketHandle(DescriptorOf(pair), ownsHandle: false));
}
