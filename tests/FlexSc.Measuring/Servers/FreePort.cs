using System.Net;
using System.Net.Sockets;

namespace FlexSc.Measuring.Servers;

/// <summary>Ports for servers that cannot pick one themselves.</summary>
internal static class FreePort
{
    /// <summary>A port that nobody listens on at the moment.</summary>
    public static int Take()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
