using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FlexSc.Interop.Calls;

/// <summary>Between <see cref="EndPoint"/> and the kernel's <c>struct sockaddr</c>. IPv4, IPv6 and Unix domain.</summary>
public static class NativeSocketAddress
{
    /// <summary>sizeof(struct sockaddr_storage): room for every address.</summary>
    public const int MaxBytes = 128;

    private const int NativeUnix = 1; // AF_UNIX
    private const int NativeIPv4 = 2; // AF_INET
    private const int NativeIPv6 = 10; // AF_INET6

    // struct sockaddr_in and struct sockaddr_in6: family, port, then the host, which flow information precedes in IPv6.
    private const int PortOffset = 2;
    private const int HostOffset4 = 4;
    private const int Ip4Bytes = 16;
    private const int HostOffset6 = 8;
    private const int ScopeOffset6 = 24;
    private const int PathOffset = 2; // sun_path of struct sockaddr_un
    private const int Ip6Bytes = 28;

    private static readonly UnixDomainSocketEndPoint UnixFactory = new("/");

    /// <summary>The kernel's number of a family.</summary>
    /// <exception cref="NotSupportedException">Another family.</exception>
    internal static int FamilyOf(AddressFamily family) => family switch
    {
        AddressFamily.InterNetwork => NativeIPv4,
        AddressFamily.InterNetworkV6 => NativeIPv6,
        AddressFamily.Unix => NativeUnix,
        _ => throw new NotSupportedException($"sockets of the family {family} are not supported: use IPv4, IPv6 or Unix"),
    };

    /// <summary>The address in native memory; the runtime lays it out as the kernel wants it.</summary>
    /// <exception cref="ArgumentException">Not an address: a host name must be resolved first.</exception>
    internal static NativeBlock Copy(EndPoint endPoint) => NativeBlock.Copy(Serialize(endPoint));

    /// <summary>Writes an address as the kernel wants it; without allocation where it is one of IP.</summary>
    /// <param name="endPoint">IPv4, IPv6 with its scope, or Unix domain.</param>
    /// <param name="destination"><see cref="MaxBytes"/> are enough.</param>
    /// <returns>Bytes written.</returns>
    /// <exception cref="ArgumentException">Not an address: a host name must be resolved first.</exception>
    public static int Write(EndPoint endPoint, Span<byte> destination)
    {
        if (endPoint is not IPEndPoint ip)
        {
            ReadOnlySpan<byte> address = Serialize(endPoint);
            address.CopyTo(destination);
            return address.Length;
        }

        BinaryPrimitives.WriteUInt16BigEndian(destination[PortOffset..], (ushort)ip.Port);
        if (ip.AddressFamily == AddressFamily.InterNetwork)
        {
            destination[HostOffset4..Ip4Bytes].Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(destination, NativeIPv4);
            ip.Address.TryWriteBytes(destination[HostOffset4..], out _);
            return Ip4Bytes;
        }

        destination[HostOffset4..Ip6Bytes].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(destination, NativeIPv6);
        ip.Address.TryWriteBytes(destination[HostOffset6..], out _);

        // struct sockaddr_in6 has its scope in the order of the host.
        BinaryPrimitives.WriteUInt32LittleEndian(destination[ScopeOffset6..], (uint)ip.Address.ScopeId);
        return Ip6Bytes;
    }

    /// <summary>The address that the kernel wrote.</summary>
    /// <exception cref="NotSupportedException">The kernel answered with another family.</exception>
    public static EndPoint Read(ReadOnlySpan<byte> native)
    {
        int family = native.Length >= sizeof(ushort) ? BinaryPrimitives.ReadUInt16LittleEndian(native) : 0;
        switch (family)
        {
            case NativeIPv4 when native.Length >= Ip4Bytes:
                return new IPEndPoint(new IPAddress(native[HostOffset4..(HostOffset4 + sizeof(int))]), BinaryPrimitives.ReadUInt16BigEndian(native[PortOffset..]));
            case NativeIPv6 when native.Length >= Ip6Bytes:
                uint scope = BinaryPrimitives.ReadUInt32LittleEndian(native[ScopeOffset6..]);
                return new IPEndPoint(new IPAddress(native[HostOffset6..ScopeOffset6], scope), BinaryPrimitives.ReadUInt16BigEndian(native[PortOffset..]));
        }

        EndPoint factory = family switch
        {
            NativeUnix => UnixFactory,
            _ => throw new NotSupportedException($"an address of the native family {family} is not supported"),
        };
        SocketAddress address = new(factory.AddressFamily, native.Length);
        native.CopyTo(address.Buffer.Span);
        return factory.Create(address);
    }

    /// <summary>The runtime lays an address out as the kernel wants it.</summary>
    private static ReadOnlySpan<byte> Serialize(EndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        if (endPoint is not (IPEndPoint or UnixDomainSocketEndPoint))
        {
            throw new ArgumentException($"{endPoint} is no IPv4, IPv6 or Unix address; a name must be resolved first", nameof(endPoint));
        }

        SocketAddress address = endPoint.Serialize();
        Span<byte> native = address.Buffer.Span[..address.Size];
        RequireWholePath(native, endPoint);
        return native;
    }

    /// <summary>The kernel would cut a path at a NUL, and somebody would get another one. A name of the abstract name space begins with one.</summary>
    private static void RequireWholePath(ReadOnlySpan<byte> native, EndPoint endPoint)
    {
        if (endPoint is UnixDomainSocketEndPoint && native.Length > PathOffset && native[PathOffset] != 0
            && native[PathOffset..].TrimEnd((byte)0).Contains((byte)0))
        {
            throw new ArgumentException($"the path {endPoint} holds a NUL character, which no path does", nameof(endPoint));
        }
    }
}
