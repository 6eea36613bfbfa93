namespace FlexSc.Interop.Calls;

/// <summary>An option of a socket, see socket(7), tcp(7), ipv6(7). Values are those of x86-64 and arm64; any other option can be made up.</summary>
/// <param name="Level">Protocol it belongs to: SOL_SOCKET, IPPROTO_TCP …</param>
/// <param name="Number">Its number there.</param>
/// <param name="Name">As the kernel spells it, for the text of errors.</param>
public readonly record struct SocketOption(int Level, int Number, string Name)
{
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int TcpLevel = 6; // IPPROTO_TCP
    private const int IPv6Level = 41; // IPPROTO_IPV6

    /// <summary>SO_REUSEADDR: binds to an address whose last connections still linger.</summary>
    public static SocketOption ReuseAddress { get; } = new(SocketLevel, 2, "SO_REUSEADDR");

    /// <summary>SO_ERROR, read only: the pending error, which reading clears.</summary>
    public static SocketOption Error { get; } = new(SocketLevel, 4, "SO_ERROR");

    /// <summary>SO_SNDBUF: bytes of the send buffer; the kernel doubles what is set.</summary>
    public static SocketOption SendBufferBytes { get; } = new(SocketLevel, 7, "SO_SNDBUF");

    /// <summary>SO_RCVBUF: bytes of the receive buffer; the kernel doubles what is set.</summary>
    public static SocketOption ReceiveBufferBytes { get; } = new(SocketLevel, 8, "SO_RCVBUF");

    /// <summary>SO_KEEPALIVE: probes an idle connection.</summary>
    public static SocketOption KeepAlive { get; } = new(SocketLevel, 9, "SO_KEEPALIVE");

    /// <summary>SO_LINGER: what closing does with unsent data; the value is two 32-bit numbers, on or off and seconds.</summary>
    public static SocketOption Linger { get; } = new(SocketLevel, 13, "SO_LINGER");

    /// <summary>SO_REUSEPORT: several listeners share an address, and the kernel spreads the connections.</summary>
    public static SocketOption ReusePort { get; } = new(SocketLevel, 15, "SO_REUSEPORT");

    /// <summary>TCP_NODELAY: sends small segments at once.</summary>
    public static SocketOption NoDelay { get; } = new(TcpLevel, 1, "TCP_NODELAY");

    /// <summary>IPV6_V6ONLY: an IPv6 socket takes no IPv4.</summary>
    public static SocketOption IPv6Only { get; } = new(IPv6Level, 26, "IPV6_V6ONLY");
}
