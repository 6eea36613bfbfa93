namespace FlexSc.Akka.IO;

/// <summary>What fails a call on a socket of datagrams because of an earlier datagram, or of the network; see udp(7) and ip(7).</summary>
internal static class DatagramErrors
{
    /// <summary>
    /// EPROTO, ENOPROTOOPT, EOPNOTSUPP, EMSGSIZE, ENETDOWN, ENETUNREACH, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTDOWN, EHOSTUNREACH,
    /// EACCES, EPERM: the socket goes on.
    /// </summary>
    public static bool IsOfPeer(long errorNumber) =>
        errorNumber is 71 or 92 or 95 or 90 or 100 or 101 or 104 or 110 or 111 or 112 or 113 or 13 or 1;
}
