using System.Net;
using Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>A datagram of <c>system.FlexUdpStream()</c>.</summary>
/// <param name="Data">The bytes, the program's own; there may be none.</param>
/// <param name="Remote">
/// Of a datagram that came: who sent it, null for a Unix socket without a name. Of one that goes: where to; an <see cref="IPEndPoint"/>, a
/// <see cref="DnsEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
/// </param>
public sealed record UdpDatagram(ByteString Data, EndPoint? Remote);

/// <summary>What came to a stream of datagrams and what went.</summary>
/// <param name="Received">Datagrams that came, dropped ones included.</param>
/// <param name="Dropped">
/// Those of them that the stream had no room for: <c>flexsc.streams.udp.max-waiting-datagrams</c>. What the kernel drops is not among them.
/// </param>
/// <param name="Sent">Datagrams that the kernel took.</param>
/// <param name="SendsFailed">Datagrams that could not be sent: too large, without a route, to a name that has no address.</param>
public readonly record struct UdpStreamFigures(long Received, long Dropped, long Sent, long SendsFailed);

/// <summary>A socket of datagrams that a stream has. From any thread.</summary>
public sealed class UdpStreamBinding
{
    private readonly Func<UdpStreamFigures> _figures;
    private readonly Action _unbind;

    internal UdpStreamBinding(EndPoint? localAddress, Func<UdpStreamFigures> figures, Action unbind, Task ended)
    {
        LocalAddress = localAddress;
        _figures = figures;
        _unbind = unbind;
        Ended = ended;
    }

    /// <summary>The address it is bound to; null for a sink's, and for a connected Unix socket without a name.</summary>
    public EndPoint? LocalAddress { get; }

    /// <summary>What came and what went so far.</summary>
    public UdpStreamFigures Figures => _figures();

    /// <summary>
    /// Completes when the stream is over and the socket is closed, and fails when the stream does. Of a sink: all was sent that could be.
    /// </summary>
    public Task Ended { get; }

    /// <summary>
    /// Ends the stream: what was handed to the socket is still sent, what has come is still delivered, and then it completes. Once more
    /// does nothing.
    /// </summary>
    /// <returns><see cref="Ended"/>.</returns>
    public Task UnbindAsync()
    {
        _unbind();
        return Ended;
    }
}
