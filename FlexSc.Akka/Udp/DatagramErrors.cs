using System.Net.Sockets;

namespace FlexSc.Akka.IO;

/// <summary>What fails a call on a socket of datagrams because of an earlier datagram, or of the network; see udp(7) and ip(7).</summary>
internal static class DatagramErrors
{
    private const int Access = 13; // EACCES
    private const int NotPermitted = 1; // EPERM

    /// <summary>
    /// Whether a send may have failed by what an earlier datagram met: not by EPERM, which a filter of this host answers, and over IPv4 not by
    /// EACCES, which says that the option for a broadcast is missing and which ICMP tells for IPv6 only.
    /// </summary>
    public static bool MayBeOfEarlier(long errorNumber, AddressFamily family) =>
        IsOfPeer(errorNumber) && errorNumber != NotPermitted && (errorNumber != Access || family != AddressFamily.InterNetwork);

    /// <summary>
    /// EPROTO, ENOPROTOOPT, EOPNOTSUPP, EMSGSIZE, ENETDOWN, ENETUNREACH, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH,
    /// EACCES, EPERM: the socket goes on.
    /// </summary>
    public static bool IsOfPeer(long errorNumber) =>
        errorNumber is 71 or 92 or 95 or 90 or 100 or 101 or 104 or 110 or 111 or 112 or 113 or 13 or 1;
}
