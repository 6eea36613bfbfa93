using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Told to a bound socket: it receives what is sent to a group, too, until it leaves the group or is closed. The answer is
/// <see cref="UdpGroupJoined"/>, or <see cref="Udp.CommandFailed"/> where the kernel refuses.
/// </summary>
/// <param name="group">Address of the group, of the socket's family.</param>
/// <param name="interfaceIndex">Index of the interface; 0 leaves it to the kernel.</param>
public sealed class UdpJoinGroup(IPAddress group, int interfaceIndex = 0) : Udp.Command
{
    /// <summary>Address of the group.</summary>
    public IPAddress Group => group;

    /// <summary>Index of the interface.</summary>
    public int InterfaceIndex => interfaceIndex;
}

/// <summary>Ends what <see cref="UdpJoinGroup"/> began. The answer is <see cref="UdpGroupLeft"/>, or <see cref="Udp.CommandFailed"/>.</summary>
/// <param name="group">Address of the group.</param>
/// <param name="interfaceIndex">As it was joined.</param>
public sealed class UdpLeaveGroup(IPAddress group, int interfaceIndex = 0) : Udp.Command
{
    /// <summary>Address of the group.</summary>
    public IPAddress Group => group;

    /// <summary>Index of the interface.</summary>
    public int InterfaceIndex => interfaceIndex;
}

/// <summary>The socket, which is the sender, has joined a group.</summary>
/// <param name="group">Address of the group.</param>
public sealed class UdpGroupJoined(IPAddress group) : Udp.Event
{
    /// <summary>Address of the group.</summary>
    public IPAddress Group => group;
}

/// <summary>The socket, which is the sender, has left a group.</summary>
/// <param name="group">Address of the group.</param>
public sealed class UdpGroupLeft(IPAddress group) : Udp.Event
{
    /// <summary>Address of the group.</summary>
    public IPAddress Group => group;
}

/// <summary>Joins and leaves; the calls answer at once.</summary>
internal static class MulticastGroup
{
    public static SocketOptionLevel LevelOf(Socket socket) =>
        socket.AddressFamily == AddressFamily.InterNetworkV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP;

    public static void Join(Socket socket, IPAddress group, int interfaceIndex) => Set(socket, SocketOptionName.AddMembership, group, interfaceIndex);

    /// <summary>On a descriptor, which stays open.</summary>
    public static void Change(int descriptor, bool join, IPAddress group, int interfaceIndex)
    {
        using Socket wrapped = new(new SafeSocketHandle(descriptor, ownsHandle: false));
        Set(wrapped, join ? SocketOptionName.AddMembership : SocketOptionName.DropMembership, group, interfaceIndex);
    }

    private static void Set(Socket socket, SocketOptionName name, IPAddress group, int interfaceIndex) => KernelOption.Set(
        interfaceIndex == 0 ? $"the group {group}" : $"the group {group} on interface {interfaceIndex}",
        "a group is of 224.0.0.0/4 or ff00::/8 and of the socket's family, is left where it was joined, and the interface is one of ip link",
        () => SetOn(socket, name, group, interfaceIndex));

    private static void SetOn(Socket socket, SocketOptionName name, IPAddress group, int interfaceIndex)
    {
        if (group.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.SetSocketOption(SocketOptionLevel.IPv6, name, new IPv6MulticastOption(group, interfaceIndex));
        }
        else
        {
            socket.SetSocketOption(SocketOptionLevel.IP, name, new MulticastOption(group, interfaceIndex));
        }
    }
}
