using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>How a stream of datagrams gets its socket, and what its elements are.</summary>
/// <param name="Subject">What is asked for, for the text of an error.</param>
/// <param name="Open">Tells the manager the command.</param>
/// <param name="SendOf">The command that sends an element.</param>
/// <param name="ElementOf">The element that carries what came, and from whom.</param>
/// <typeparam name="T">An element of the stream.</typeparam>
internal sealed record DatagramProtocol<T>(
    string Subject, Action<StageInbox> Open, Func<T, object> SendOf, Func<ByteString, EndPoint?, T> ElementOf);

/// <summary>The protocols that there are.</summary>
internal static class DatagramProtocols
{
    public static DatagramProtocol<UdpDatagram> Bound(EndPoint local, IEnumerable<Inet.SocketOption>? options) => new(
        $"Binding to {local}",
        inbox => inbox.System.FlexUdp().Tell(new Udp.Bind(inbox, local, options), inbox),
        SendOf,
        static (data, sender) => new UdpDatagram(data, sender));

    public static DatagramProtocol<UdpDatagram> Sender(IEnumerable<Inet.SocketOption>? options) => new(
        "Making a socket",
        inbox => inbox.System.FlexUdp().Tell(new Udp.SimpleSender(options), inbox),
        SendOf,
        static (data, sender) => new UdpDatagram(data, sender));

    public static DatagramProtocol<ByteString> Connected(EndPoint remote, EndPoint? local, IEnumerable<Inet.SocketOption>? options) => new(
        $"Connecting to {remote}",
        inbox => inbox.System.FlexUdpConnected().Tell(new UdpConnected.Connect(inbox, remote, local, options), inbox),
        static data => new UdpConnected.Send(data, ConnectedDatagramSent.Instance),
        static (data, _) => data);

    private static Udp.Send SendOf(UdpDatagram datagram) => new(
        datagram.Data,
        datagram.Remote ?? throw new ArgumentException($"a datagram that is to be sent needs a {nameof(UdpDatagram.Remote)} address", nameof(datagram)),
        DatagramSent.Instance);
}
