using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace FlexSc.Examples.Shared;

/// <summary>A Unix socket to listen on.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Mode">Who may connect: the permissions of the path.</param>
internal sealed record UnixSocketAddress(string Path, UnixFileMode Mode);

/// <summary>A TCP address to listen on.</summary>
/// <param name="Host">An address of this machine, or a name that resolves to one.</param>
/// <param name="Port">0 lets the kernel pick one.</param>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Reads <c>HOST:PORT</c>; an IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return false;
        }

        string host = text[..colon];
        bool isBracketed = host.StartsWith('[') && host.EndsWith(']');
        string bare = isBracketed ? host[1..^1] : host;
        bool isValid = isBracketed ? IPAddress.TryParse(bare, out IPAddress? six) && six.AddressFamily == AddressFamily.InterNetworkV6
            : Uri.CheckHostName(bare) is UriHostNameType.Dns or UriHostNameType.IPv4;
        address = isValid ? new ListenAddress(bare, port) : null;
        return isValid;
    }

    /// <exception cref="IOException">The name cannot be resolved.</exception>
    public async Task<IPEndPoint> ResolveAsync()
    {
        if (IPAddress.TryParse(Host, out IPAddress? address))
        {
            return new IPEndPoint(address, Port);
        }

        try
        {
            return new IPEndPoint((await Dns.GetHostAddressesAsync(Host).ConfigureAwait(false))[0], Port);
        }
        catch (SocketException failure)
        {
            throw new IOException(
                $"cannot listen on {Host}:{Port}: {failure.Message}. Give an address of this machine, or a name that resolves to one, with --host or --listen.", failure);
        }
    }
}
