using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>A listener on its way to another loop, because an error ended the one it accepted on.</summary>
/// <param name="bind">With the address that it had.</param>
/// <param name="begunAt">Timestamp of the group's clock.</param>
internal sealed class ListenerMove(Tcp.Bind bind, long begunAt)
{
    /// <summary>Attempts to bind the address, a pause of <c>flexsc.tcp.accept-retry-ms</c> between each two, before the listener gives up.</summary>
    public const int MostAttempts = 3_000;

    public Tcp.Bind Bind => bind;

    public long BegunAt => begunAt;

    public int Attempts { get; set; }

    /// <summary>Removes the file that a Unix socket has left behind; a new one could not be bound to its name.</summary>
    public static void FreeAddress(EndPoint address)
    {
        // Of names without a file it begins with '@', see unix(7).
        if (address is UnixDomainSocketEndPoint && address.ToString() is { Length: > 0 } path && path[0] != '@')
        {
            File.Delete(path);
        }
    }
}
