using System.Net;
using System.Net.Sockets;
using Akka.IO;
using Dns = Akka.IO.Dns;

namespace FlexSc.Akka.IO;

/// <summary>Which addresses a Connect tries, in which order, and for how long each.</summary>
/// <param name="addresses">At least one.</param>
/// <param name="leastAttempts">Attempts made although every address was tried: a peer that restarts refuses for a moment.</param>
/// <param name="attemptLimit">Longest time for an address that others may replace.</param>
internal sealed class ConnectCandidates(IReadOnlyList<EndPoint> addresses, int leastAttempts, TimeSpan attemptLimit)
{
    private readonly List<EndPoint> _left = [.. addresses];
    private int _untried = addresses.Count;
    private int _next;
    private int _attempts;

    /// <summary>The address to try now.</summary>
    public EndPoint Current => _left[_next];

    /// <summary>The addresses of a name, families in turn; only those of its own family where it names one.</summary>
    public static IReadOnlyList<EndPoint> Of(Dns.Resolved resolved, DnsEndPoint name, bool onlyIpv4)
    {
        IPAddress[] ipv4 = name.AddressFamily == AddressFamily.InterNetworkV6 ? [] : [.. resolved.Ipv4];
        IPAddress[] ipv6 = onlyIpv4 || name.AddressFamily == AddressFamily.InterNetwork ? [] : [.. resolved.Ipv6];
        List<EndPoint> found = [];
        for (int i = 0; i < Math.Max(ipv4.Length, ipv6.Length); i++)
        {
            found.AddRange(ipv4.Skip(i).Take(1).Concat(ipv6.Skip(i).Take(1)).Select(address => new IPEndPoint(address, name.Port)));
        }

        return found;
    }

    /// <summary>How long the current address may take, or null without a limit: others must have their share of what is left.</summary>
    /// <param name="left">What is left of the time for all; null without a limit.</param>
    public TimeSpan? LimitOf(TimeSpan? left)
    {
        int othersUntried = _untried - 1;
        if (othersUntried <= 0)
        {
            return left;
        }

        TimeSpan share = (left ?? TimeSpan.MaxValue) / (othersUntried + 1);
        return share < attemptLimit ? share : attemptLimit;
    }

    /// <summary>Goes on to the next address after a failure.</summary>
    /// <param name="again">Whether the failed one may be tried again, once every other was.</param>
    /// <returns>False when the attempts are used up.</returns>
    public bool MoveOn(bool again)
    {
        _attempts++;
        _untried = Math.Max(0, _untried - 1);
        if (again)
        {
            _next++;
        }
        else
        {
            _left.RemoveAt(_next);
        }

        _next = _next < _left.Count ? _next : 0;
        return _left.Count > 0 && (_untried > 0 || _attempts < leastAttempts);
    }
}
