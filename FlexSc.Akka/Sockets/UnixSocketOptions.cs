using System.Net;
using System.Net.Sockets;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>
/// Options for Unix sockets: of <see cref="Tcp.Bind"/> and <see cref="Udp.Bind"/> to a
/// <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>, and of <see cref="Tcp.Connect"/>.
/// </summary>
public static class UnixSocketOptions
{
    /// <summary>
    /// Permissions of the path, whatever the umask is. Who may write may connect; unix(7). The path never has more than these, not even
    /// for a moment.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The mode has other bits than permissions.</exception>
    public static Inet.SocketOption PathMode(UnixFileMode mode)
    {
        const int Permissions = 0x1ff;
        ArgumentOutOfRangeException.ThrowIfNotEqual((int)mode & ~Permissions, 0, nameof(mode));
        return new PathModeOption(mode);
    }

    /// <summary>
    /// Takes descriptors that come with the bytes of a stream: an option of <see cref="Tcp.Bind"/>, for its connections, and of
    /// <see cref="Tcp.Connect"/>. They are told by <c>ReceivedWithDescriptors</c>. Without this option, and beyond the bound, the kernel
    /// closes them. Each connection has memory of its own for what it receives, <c>flexsc.loops.receive-buffer-bytes</c>. Datagrams
    /// have <c>DatagramOptions.ReceiveDescriptors</c>.
    /// </summary>
    /// <param name="most">Most that come at once, 1 to 253.</param>
    public static Inet.SocketOption ReceiveDescriptors(int most)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(most, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(most, PassedDescriptors.Most);
        return new DescriptorsOption(most);
    }

    /// <summary>Most descriptors that a stream takes at once; 0 for none.</summary>
    internal static int MostDescriptorsOf(IEnumerable<Inet.SocketOption> options) => options.OfType<DescriptorsOption>().LastOrDefault()?.Most ?? 0;

    /// <summary>Descriptors come over Unix sockets only, and a TLS connection reads records.</summary>
    /// <exception cref="ArgumentException">A Bind or Connect asks for descriptors where none can come.</exception>
    internal static void RequireFitting(Tcp.Command command)
    {
        (EndPoint? address, IEnumerable<Inet.SocketOption> options) = command switch
        {
            Tcp.Bind bind => (bind.LocalAddress, bind.Options),
            Tcp.Connect connect => (connect.RemoteAddress, connect.Options),
            _ => (null, []),
        };
        RequirePath(address, options);
        if (MostDescriptorsOf(options) > 0 && (address?.AddressFamily != AddressFamily.Unix || options.Any(static option => option is IOptionWithoutHooks)))
        {
            throw new ArgumentException($"{nameof(ReceiveDescriptors)} is an option of Unix sockets without TLS; {command} has another address, or TLS");
        }
    }

    /// <exception cref="ArgumentException">An address without a path has no permissions.</exception>
    internal static void RequirePath(EndPoint? address, IEnumerable<Inet.SocketOption> options)
    {
        if (ModeOf(options) is not null && address?.AddressFamily != AddressFamily.Unix)
        {
            throw new ArgumentException($"{nameof(PathMode)} is an option of Unix sockets; {address} has no path");
        }
    }

    /// <summary>The permissions that options ask for; null for what the umask leaves.</summary>
    internal static UnixFileMode? ModeOf(IEnumerable<Inet.SocketOption> options) => options.OfType<PathModeOption>().LastOrDefault()?.Mode;

    private sealed class DescriptorsOption(int most) : Inet.SocketOption
    {
        public int Most => most;
    }

    private sealed class PathModeOption(UnixFileMode mode) : Inet.SocketOption
    {
        public UnixFileMode Mode => mode;
    }
}
