using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FlexSc.Interop.Calls;

/// <summary>Between <see cref="EndPoint"/> and the kernel's <c>struct sockaddr</c>. IPv4, IPv6 and Unix domain.</summary>
internal static class NativeSocketAddress
{
    /// <summary>sizeof(struct sockaddr_storage): room for every address.</summary>
    public const int MaxBytes = 128;

    private const int NativeUnix = 1; // AF_UNIX
    private const int NativeIPv4 = 2; // AF_INET
    private const int NativeIPv6 = 10; // AF_INET6

    private static readonly IPEndPoint IPv4Factory = new(IPAddress.Any, 0);
    private static readonly IPEndPoint IPv6Factory = new(IPAddress.IPv6Any, 0);
    private static readonly UnixDomainSocketEndPoint UnixFactory = new("/");

    /// <exception cref="NotSupportedException">Another family.</exception>
    public static int FamilyOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => NativeIPv4,
        AddressFamily.InterNetworkV6 => NativeIPv6,
        AddressFamily.Unix => NativeUnix,
        _ => throw new NotSupportedException($"sockets of the family {family} are not supported: use IPv4, IPv6 or Unix"),
    };

    /// <summary>The address in native memory; the runtime lays it out as the kernel wants it.</summary>
    /// <exception cref="ArgumentException">Not an address: a host name must be resolved first.</exception>
    public static NativeBlock Copy(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is not (IPEndPoint or UnixDomainSocketEndPoint))
        {
            throw new ArgumentException($"{endPoint} is no IPv4, IPv6 or Unix address; a name must be resolved first", nameof(endPoint));
        }

        SocketAddress address = endPoint.Serialize();
        return NativeBlock.Copy(address.Buffer.Span[..address.Size]);
    }

    /// <exception cref="NotSupportedException">The kernel answered with another family.</exception>
    public static EndPoint Read(ReadOnlySpan<byte> native)
    {
        int family = native.Length >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16LittleEndian(native) : 0;
        EndPoint factory = family switch
        {
            NativeIPv4 => IPv4Factory,
            NativeIPv6 => IPv6Factory,
            NativeUnix => UnixFactory,
            _ => throw new NotSupportedException($"an address of the native family {family} is not supported"),
        };
        SocketAddress address = new(factory.AddressFamily, native.Length);
        native.CopyTo(address.Buffer.Span);
        return factory.Create(address);
    }
}
