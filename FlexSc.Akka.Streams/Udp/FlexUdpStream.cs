using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.Streams.Dsl;

namespace FlexSc.Akka.Streams;

/// <summary>UDP, and datagrams of Unix sockets, as sources, sinks and flows: <c>system.FlexUdpStream()</c>. Akka.Streams has none.</summary>
public sealed class FlexUdpStream : ExtensionIdProvider<FlexUdpStreamExt>
{
    /// <summary>The extension's id.</summary>
    public static FlexUdpStream Id { get; } = new();

    /// <summary>The extension of a system; starts it.</summary>
    /// <exception cref="global::Akka.Configuration.ConfigurationException">A value of <c>flexsc.streams</c> is out of range.</exception>
    public static FlexUdpStreamExt For(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<FlexUdpStreamExt, FlexUdpStream>();
    }

    /// <inheritdoc/>
    public override FlexUdpStreamExt CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>
/// Streams of datagrams of one actor system, made from any thread; each run has a socket of its own. A stream is no more reliable than UDP:
/// what downstream does not pull in time is dropped and counted (<c>flexsc.streams.udp</c>), what cannot be sent is counted and the
/// stream goes on. A materialized binding fails with an <see cref="IOException"/>, as the stream does, whose inner exception is the
/// cause.
/// </summary>
public sealed class FlexUdpStreamExt : IExtension
{
    private readonly ActorSystem _system;

    internal FlexUdpStreamExt(ActorSystem system)
    {
        // A value out of range is told here, not by a stream.
        _ = StreamSettings.Of(system);
        _system = system;
    }

    /// <summary>What comes to an address. It ends when it is cancelled or unbound.</summary>
    /// <param name="localAddress">An <see cref="IPEndPoint"/>, port 0 for any, or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.</param>
    /// <param name="options">Options of sockets, also <see cref="IO.DatagramOptions"/>; null for none.</param>
    public Source<UdpDatagram, Task<UdpStreamBinding>> Bind(EndPoint localAddress, IEnumerable<Inet.SocketOption>? options = null) =>
        Source.Never<UdpDatagram>().ViaMaterialized(BindFlow(localAddress, options), Keep.Right);

    /// <summary>
    /// What comes to an address, and what is sent from it. When the stream in completes it goes on receiving; it ends when it is cancelled or
    /// unbound.
    /// </summary>
    /// <inheritdoc cref="Bind"/>
    public Flow<UdpDatagram, UdpDatagram, Task<UdpStreamBinding>> BindFlow(EndPoint localAddress, IEnumerable<Inet.SocketOption>? options = null)
    {
        ArgumentNullException.ThrowIfNull(localAddress);
        return Flow.FromGraph(new DatagramFlowStage<UdpDatagram>(_system, DatagramProtocols.Bound(localAddress, options), endsWithInput: false));
    }

    /// <summary>
    /// Sends to addresses of both families of IP, from any port. <see cref="UdpStreamBinding.Ended"/> tells that all was sent. To Unix
    /// sockets sends a <see cref="BindFlow"/>, or a <see cref="Connect"/>.
    /// </summary>
    /// <param name="options">Options of sockets; null for none.</param>
    public Sink<UdpDatagram, Task<UdpStreamBinding>> SendSink(IEnumerable<Inet.SocketOption>? options = null) =>
        Flow.FromGraph(new DatagramFlowStage<UdpDatagram>(_system, DatagramProtocols.Sender(options), endsWithInput: true))
            .ToMaterialized(Sink.Ignore<UdpDatagram>(), Keep.Left);

    /// <summary>
    /// Datagrams to and from one peer. When the stream in completes it goes on receiving; it ends when it is cancelled or unbound. That nobody
    /// listens there is told as <see cref="IO.DatagramNotDelivered"/>, not to the stream.
    /// </summary>
    /// <param name="remoteAddress">
    /// The peer: an <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </param>
    /// <param name="localAddress">Where it comes from; null for any. A Unix socket that is to be answered needs one.</param>
    /// <param name="options">Options of sockets, also <see cref="IO.DatagramOptions"/>; null for none.</param>
    public Flow<ByteString, ByteString, Task<UdpStreamBinding>> Connect(
        EndPoint remoteAddress, EndPoint? localAddress = null, IEnumerable<Inet.SocketOption>? options = null)
    {
        ArgumentNullException.ThrowIfNull(remoteAddress);
        return Flow.FromGraph(new DatagramFlowStage<ByteString>(
            _system, DatagramProtocols.Connected(remoteAddress, localAddress, options), endsWithInput: false));
    }
}

/// <summary>Entry points on an actor system.</summary>
public static class FlexUdpStreamExtensions
{
    /// <summary>Datagrams as sources, sinks and flows.</summary>
    public static FlexUdpStreamExt FlexUdpStream(this ActorSystem system) => Streams.FlexUdpStream.For(system);
}
