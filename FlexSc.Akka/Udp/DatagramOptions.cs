using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Options for <see cref="Udp.Bind"/>, <see cref="UdpConnected.Connect"/> and <see cref="Udp.SimpleSender"/>, beside those of Akka.IO
/// (<see cref="Inet.SO"/>, <see cref="Udp.SO"/>). Those that the kernel does not take fail the command.
/// </summary>
public static class DatagramOptions
{
    private const int LevelSocket = 1; // SOL_SOCKET
    private const int LevelUdp = 17; // SOL_UDP
    private const int NumberReusePort = 15; // SO_REUSEPORT
    private const int NumberSegment = 103; // UDP_SEGMENT
    private const int NumberCoalesce = 104; // UDP_GRO

    /// <summary>UDP_GRO hands over up to this at once.</summary>
    private const int CoalescedBytes = 65_535;

    /// <summary>Datagrams come as <see cref="PooledReceived"/>, without a copy; its <see cref="PooledReceived.SenderAddress"/> tells the sender.</summary>
    public static Inet.SocketOption Pooled { get; } = new FlexOption(static options => options with { IsPooled = true });

    /// <summary>
    /// The handler is told <see cref="DatagramNotDelivered"/> and <see cref="DatagramTruncated"/>, which go to the event stream in any
    /// case. Has the kernel keep what ICMP tells of a socket that is not connected: IP_RECVERR of ip(7).
    /// </summary>
    public static Inet.SocketOption ReportErrors { get; } = new FlexOption(static options => options with { ReportsErrors = true });

    /// <summary>SO_REUSEPORT of socket(7): several sockets share the address, and the kernel spreads the datagrams by their senders.</summary>
    public static Inet.SocketOption ReusePort { get; } =
        new BeforeBindOption("SO_REUSEPORT", static socket => socket.SetRawSocketOption(LevelSocket, NumberReusePort, BitConverter.GetBytes(1)));

    /// <summary>
    /// UDP_GRO of udp(7), since Linux 5.0: the kernel puts datagrams of one sender together and hands them over at once; the handler
    /// still gets each by itself. The socket receives into 64 KiB of its own.
    /// </summary>
    public static IReadOnlyList<Inet.SocketOption> CoalesceReceived { get; } =
    [
        new BeforeBindOption("UDP_GRO", static socket => socket.SetRawSocketOption(LevelUdp, NumberCoalesce, BitConverter.GetBytes(1))),
        new FlexOption(static options => options with { Coalesces = true, MaxDatagramBytes = Math.Max(CoalescedBytes, options.MaxDatagramBytes ?? 0) }),
    ];

    /// <summary>
    /// UDP_SEGMENT of udp(7), since Linux 4.18: what is sent is cut into datagrams of so many bytes by the kernel or the device, so that
    /// one call sends up to 64 KiB.
    /// </summary>
    /// <param name="bytes">1 to 65507, and no more than the path's datagrams may have.</param>
    public static Inet.SocketOption SegmentBytes(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 65_507);
        return new BeforeBindOption(
            $"UDP_SEGMENT of {bytes} bytes", socket => socket.SetRawSocketOption(LevelUdp, NumberSegment, BitConverter.GetBytes(bytes)));
    }

    /// <summary>
    /// Bytes of the largest datagram that is received, in place of <c>flexsc.udp.max-datagram-bytes</c>; a larger one is dropped and
    /// told, see <see cref="DatagramTruncated"/>. More than a receive buffer of the loop carries takes memory of the socket's own.
    /// </summary>
    /// <param name="bytes">1 to 1048576.</param>
    public static Inet.SocketOption MaxDatagramBytes(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 1 << 20);
        return new FlexOption(options => options with { MaxDatagramBytes = bytes });
    }

    /// <summary>Receives what is sent to a group as well; multicast of ip(7) and ipv6(7). See also <see cref="UdpJoinGroup"/>.</summary>
    /// <param name="group">Address of the group, of the socket's family.</param>
    /// <param name="interfaceIndex">Index of the interface; 0 leaves it to the kernel.</param>
    public static Inet.SocketOption JoinGroup(IPAddress group, int interfaceIndex = 0)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentOutOfRangeException.ThrowIfNegative(interfaceIndex);
        return new AfterBindOption(socket => MulticastGroup.Join(socket, group, interfaceIndex));
    }

    /// <summary>Routers that a datagram to a group may pass, 0 to 255; IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS.</summary>
    public static Inet.SocketOption MulticastTimeToLive(int hops) =>
        new BeforeBindOption($"IP_MULTICAST_TTL of {hops}", socket => socket.SetSocketOption(
            MulticastGroup.LevelOf(socket), SocketOptionName.MulticastTimeToLive, hops));

    /// <summary>Whether the host gets its own datagrams to a group; IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP.</summary>
    public static Inet.SocketOption MulticastLoopback(bool on) =>
        new BeforeBindOption("IP_MULTICAST_LOOP", socket => socket.SetSocketOption(
            MulticastGroup.LevelOf(socket), SocketOptionName.MulticastLoopback, on));

    /// <summary>Interface that datagrams to a group leave by; IP_MULTICAST_IF, IPV6_MULTICAST_IF.</summary>
    public static Inet.SocketOption MulticastInterface(int interfaceIndex) =>
        new BeforeBindOption($"IP_MULTICAST_IF of interface {interfaceIndex}", socket => socket.SetSocketOption(
            MulticastGroup.LevelOf(socket), SocketOptionName.MulticastInterface,
            socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.HostToNetworkOrder(interfaceIndex) : interfaceIndex));

    /// <summary>
    /// Takes descriptors that come with a datagram of a Unix socket, and tells them by <see cref="DescriptorsReceived"/>. Without this
    /// option, and beyond the bound, the kernel closes them.
    /// </summary>
    /// <param name="most">Most of one datagram, 1 to 253.</param>
    public static Inet.SocketOption ReceiveDescriptors(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, PassedDescriptors.Most);
        return new FlexOption(options => options with { MaxDescriptors = most });
    }
}
