using System.Net;
using System.Net.Sockets;
using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>
/// <c>stats conns</c>. The number before each line is the connection's place in the order of all, where memcached has its descriptor;
/// what it listens on comes first, with numbers from 0 down.
/// </summary>
internal static class ConnectionStatistics
{
    /// <param name="counters">Who knows the connections.</param>
    /// <param name="asking">Whose command is being answered.</param>
    /// <param name="now">The second.</param>
    /// <param name="writer">Takes the lines.</param>
    public static void Write(KvCounters counters, KvSession asking, uint now, ref ReplyWriter writer)
    {
        IReadOnlyList<EndPoint> listeners = counters.Listeners;
        for (int index = 0; index < listeners.Count; index++)
        {
            StatisticsText.Write(ref writer, $"{-index}:addr", TextOf(listeners[index]));
            StatisticsText.Write(ref writer, $"{-index}:state", "conn_listening");
        }

        foreach (OpenConnection connection in counters.Open())
        {
            KvSession session = connection.Session;
            EndPoint local = connection.Addresses.Local;

            // The other end of a Unix socket has no address as a rule.
            EndPoint remote = local is UnixDomainSocketEndPoint ? local : connection.Addresses.Remote;
            uint idleSeconds = now - Math.Min(session.ActiveAt, now);
            StatisticsText.Write(ref writer, $"{connection.Number}:addr", TextOf(remote));
            StatisticsText.Write(ref writer, $"{connection.Number}:listen_addr", TextOf(local));
            StatisticsText.Write(ref writer, $"{connection.Number}:state", session == asking ? "conn_parse_cmd" : session.StateName);
            StatisticsText.Write(ref writer, $"{connection.Number}:secs_since_last_cmd", idleSeconds);
        }
    }

    private static string TextOf(EndPoint endPoint) => endPoint switch
    {
        IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 } => $"tcp6:{endPoint}",
        IPEndPoint => $"tcp:{endPoint}",
        _ => $"unix:{endPoint}",
    };
}
