using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>Options for binding Unix sockets: <see cref="Tcp.Bind"/> and <see cref="Udp.Bind"/> to a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</summary>
public static class UnixSocketOptions
{
    /// <summary>
    /// Permissions of the path, whatever the umask is. Who may write may connect; unix(7). The path never has more than these, not even
    /// for a moment.
    /// </summary>
    public static Inet.SocketOption PathMode(UnixFileMode mode) => new PathModeOption(mode);

    /// <summary>The permissions that options ask for; null for what the umask leaves.</summary>
    internal static UnixFileMode? ModeOf(IEnumerable<Inet.SocketOption> options) => options.OfType<PathModeOption>().LastOrDefault()?.Mode;

    private sealed class PathModeOption(UnixFileMode mode) : Inet.SocketOption
    {
        public UnixFileMode Mode => mode;
    }
}
