using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// An address of a socket, see ip(7), ipv6(7) and unix(7). One of IPv4 is kept as the address of IPv6 that stands for it, so that
/// both find each other.
/// </summary>
/// <param name="Family">AF_INET, AF_INET6 or AF_UNIX; 0 for none.</param>
/// <param name="Host">Address of IPv6.</param>
/// <param name="Port">Port; 0 for none.</param>
/// <param name="Path">Path of a UNIX socket; one of the abstract names begins with NUL; "" for none.</param>
internal readonly record struct SimulatedAddress(int Family, UInt128 Host, int Port, string Path)
{
    private const int Ip4Bytes = 16;
    private const int Ip6Bytes = 28;
    private const int PathOffset = 2;
    private static readonly UInt128 Ip4Prefix = (UInt128)0xFFFF << 32;

    /// <summary>The address of a socket that has none.</summary>
    public static SimulatedAddress None(int family) => new(family, family == FamilyInternet ? Ip4Prefix : 0, 0, "");

    public static SimulatedAddress Loopback(int family, int port) =>
        new(family, family == FamilyInternet ? Ip4Prefix | 0x7F000001 : 1, port, "");

    public static SimulatedAddress OfPath(string path) => new(FamilyUnix, 0, 0, path);

    /// <summary>Stands for every address of the host.</summary>
    public bool IsAny => Host == 0 || Host == Ip4Prefix;

    /// <summary>The structure that a program passes. False when it is none of the families.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out SimulatedAddress address)
    {
        address = default;
        if (bytes.Length < sizeof(ushort))
        {
            return false;
        }

        int family = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        switch (family)
        {
            case FamilyInternet when bytes.Length >= Ip4Bytes:
                address = new(family, Ip4Prefix | BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), "");
                return true;
            case FamilyInternet6 when bytes.Length >= Ip6Bytes:
                address = new(family, BinaryPrimitives.ReadUInt128BigEndian(bytes[8..]), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), "");
                return true;
            case FamilyUnix:
                ReadOnlySpan<byte> path = bytes[PathOffset..];
                if (path.Length > 0 && path[0] != 0 && path.IndexOf((byte)0) is var end and >= 0)
                {
                    path = path[..end];
                }

                address = OfPath(Encoding.UTF8.GetString(path));
                return true;
            default:
                return false;
        }
    }

    /// <summary>The structure, in the family of a socket.</summary>
    public byte[] Serialize(int family)
    {
        byte[] bytes;
        switch (family)
        {
            case FamilyInternet:
                bytes = new byte[Ip4Bytes];
                BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), (uint)Host);
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)Port);
                break;
            case FamilyInternet6:
                bytes = new byte[Ip6Bytes];
                BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(8), Host);
                BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), (ushort)Port);
                break;
            default:
                byte[] path = Encoding.UTF8.GetBytes(Path);
                bool isAbstract = path.Length > 0 && path[0] == 0;
                bytes = new byte[PathOffset + path.Length + (path.Length == 0 || isAbstract ? 0 : 1)];
                path.CopyTo(bytes, PathOffset);
                break;
        }

        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)family);
        return bytes;
    }

    public override string ToString() => Family == FamilyUnix
        ? $"unix:{Path.Replace('\0', '@')}"
        : string.Create(CultureInfo.InvariantCulture, $"{(Host == Ip4Prefix || Host >> 32 == Ip4Prefix >> 32 ? "ip4" : "ip6")}:{(uint)Host:x}:{Port}");
}
