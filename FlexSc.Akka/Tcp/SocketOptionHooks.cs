using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Runs the hooks of Akka.IO's socket options, which want a <see cref="Socket"/>, on a bare descriptor. It costs some 25 µs, so
/// it is done only where options were given.
/// </summary>
internal static class SocketOptionHooks
{
    /// <exception cref="SocketException">An option is refused.</exception>
    public static void Apply(int socket, IEnumerable<Inet.SocketOption> options, Action<Inet.SocketOption, Socket> hook)
    {
        if (options is ICollection<Inet.SocketOption> { Count: 0 })
        {
            return;
        }

        // The descriptor is the connection's: the wrapper must not close it.
        using Socket wrapped = new(new SafeSocketHandle(socket, ownsHandle: false));
        foreach (Inet.SocketOption option in options)
        {
            hook(option, wrapped);
        }
    }
}
