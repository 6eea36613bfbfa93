using System.Net;
using Akka;
using Akka.Actor;
using Akka.IO;
using Akka.Streams;
using Akka.Streams.Dsl;
using StreamTcp = Akka.Streams.Dsl.Tcp;
using Tcp = Akka.IO.Tcp;

namespace FlexSc.Akka.Streams;

/// <summary>
/// TCP as sources and flows, as Akka.Streams' <see cref="StreamTcp"/> has it, over FlexSC's sockets and with several writes in flight:
/// <c>system.FlexTcpStream()</c> in place of <c>system.TcpStream()</c>.
/// </summary>
public sealed class FlexTcpStream : ExtensionIdProvider<FlexTcpStreamExt>
{
    /// <summary>The extension's id.</summary>
    public static FlexTcpStream Id { get; } = new();

    /// <summary>The extension of a system; starts it.</summary>
    /// <exception cref="global::Akka.Configuration.ConfigurationException">A value of <c>flexsc.streams</c> is out of range.</exception>
    public static FlexTcpStreamExt For(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<FlexTcpStreamExt, FlexTcpStream>();
    }

    /// <inheritdoc/>
    public override FlexTcpStreamExt CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>
/// TCP streams of one actor system. Sources and flows are made from any thread, and may be run several times. Elements are the program's
/// own: the bytes were copied out of the memory that they were received into. How much a stream holds is bounded by
/// <c>flexsc.streams.tcp</c>.
/// </summary>
public sealed class FlexTcpStreamExt : IExtension
{
    private const int DefaultBacklog = 100;

    private readonly ActorSystem _system;

    internal FlexTcpStreamExt(ActorSystem system)
    {
        // A value out of range is told here, not by a stream.
        _ = StreamSettings.Of(system);
        _system = system;
    }

    /// <summary>
    /// The connections that come to an address. Materializes the binding once it is there; it fails with a
    /// <see cref="StreamTcpException"/>, as the stream does, whose inner exception is the cause. The stream completes when it is unbound, and
    /// unbinds when it is cancelled; what that does to its connections is said by <c>flexsc.tcp.unbind</c>.
    /// </summary>
    /// <param name="host">Address or name to listen on; of a name the first address, of IPv4 where it has one.</param>
    /// <param name="port">Port, 0 for any.</param>
    /// <param name="backlog">Connections that wait in the kernel, and as many in the stream; one beyond those is reset.</param>
    /// <param name="options">Options of sockets, also <see cref="IO.TlsServer"/> and <see cref="IO.UnixSocketOptions"/>; null for none.</param>
    /// <param name="halfClose">Whether a connection whose stream in has completed still receives, until the peer ends, too.</param>
    /// <param name="idleTimeout">
    /// How long nothing may pass over a connection before it fails with <see cref="TcpIdleTimeoutException"/>; null for ever.
    /// </param>
    public Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> Bind(
        string host, int port, int backlog = DefaultBacklog, IEnumerable<Inet.SocketOption>? options = null, bool halfClose = false,
        TimeSpan? idleTimeout = null) => Bind(EndPointOf(host, port), backlog, options, halfClose, idleTimeout);

    /// <summary>
    /// As <see cref="Bind(string, int, int, IEnumerable{Inet.SocketOption}?, bool, TimeSpan?)"/>, at an end point: an
    /// <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </summary>
    public Source<StreamTcp.IncomingConnection, Task<StreamTcp.ServerBinding>> Bind(
        EndPoint endPoint, int backlog = DefaultBacklog, IEnumerable<Inet.SocketOption>? options = null, bool halfClose = false,
        TimeSpan? idleTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentOutOfRangeException.ThrowIfLessThan(backlog, 1);
        return Source.FromGraph(new ConnectionSourceStage(_system, new BindParameters(endPoint, backlog, options, halfClose, idleTimeout)));
    }

    /// <summary>
    /// Runs a flow for each connection that comes: it gets what the peer sends and makes what the peer is sent. The other parameters are those of
    /// <see cref="Bind(string, int, int, IEnumerable{Inet.SocketOption}?, bool, TimeSpan?)"/>, and so is the binding.
    /// </summary>
    public Task<StreamTcp.ServerBinding> BindAndHandle(
        Flow<ByteString, ByteString, NotUsed> handler, IMaterializer materializer, string host, int port, int backlog = DefaultBacklog,
        IEnumerable<Inet.SocketOption>? options = null, bool halfClose = false, TimeSpan? idleTimeout = null) =>
        BindAndHandle(handler, materializer, EndPointOf(host, port), backlog, options, halfClose, idleTimeout);

    /// <summary>
    /// Runs a flow for each connection that comes to an end point; see
    /// <see cref="Bind(EndPoint, int, IEnumerable{Inet.SocketOption}?, bool, TimeSpan?)"/>.
    /// </summary>
    public Task<StreamTcp.ServerBinding> BindAndHandle(
        Flow<ByteString, ByteString, NotUsed> handler, IMaterializer materializer, EndPoint endPoint, int backlog = DefaultBacklog,
        IEnumerable<Inet.SocketOption>? options = null, bool halfClose = false, TimeSpan? idleTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Bind(endPoint, backlog, options, halfClose, idleTimeout)
            .To(Sink.ForEach<StreamTcp.IncomingConnection>(connection => connection.HandleWith(handler, materializer)))
            .Run(materializer);
    }

    /// <summary>
    /// A connection to an address, made when the flow is run. Materializes the addresses once it is there; it fails with a
    /// <see cref="StreamTcpException"/>, as the stream does, whose inner exception is the cause.
    /// </summary>
    /// <param name="remoteAddress">
    /// An <see cref="IPEndPoint"/>, a <see cref="DnsEndPoint"/> or a <see cref="System.Net.Sockets.UnixDomainSocketEndPoint"/>.
    /// </param>
    /// <param name="localAddress">Where it comes from; null for any.</param>
    /// <param name="options">Options of sockets, also <see cref="IO.TlsClient"/>; null for none.</param>
    /// <param name="halfClose">Whether it still receives, until the peer ends, when the stream in has completed.</param>
    /// <param name="connectionTimeout">How long connecting may take, a TLS handshake included; null for as long as the system does.</param>
    /// <param name="idleTimeout">How long nothing may pass before it fails with <see cref="TcpIdleTimeoutException"/>; null for ever.</param>
    public Flow<ByteString, ByteString, Task<StreamTcp.OutgoingConnection>> OutgoingConnection(
        EndPoint remoteAddress, EndPoint? localAddress = null, IEnumerable<Inet.SocketOption>? options = null, bool halfClose = true,
        TimeSpan? connectionTimeout = null, TimeSpan? idleTimeout = null)
    {
        ArgumentNullException.ThrowIfNull(remoteAddress);
        Tcp.Connect connect = new(remoteAddress, localAddress, options, connectionTimeout, pullMode: true);
        return IdleTimeout.Limit(Flow.FromGraph(new OutgoingConnectionStage(_system, connect, halfClose)), idleTimeout, remoteAddress);
    }

    /// <summary>A connection to a name or an address, without options.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">Port.</param>
    public Flow<ByteString, ByteString, Task<StreamTcp.OutgoingConnection>> OutgoingConnection(string host, int port) =>
        OutgoingConnection(EndPointOf(host, port));

    private static EndPoint EndPointOf(string host, int port) =>
        IPAddress.TryParse(host, out IPAddress? address) ? new IPEndPoint(address, port) : new DnsEndPoint(host, port);
}

/// <summary>Entry points on an actor system.</summary>
public static class FlexTcpStreamExtensions
{
    /// <summary>TCP as sources and flows: the counterpart of <c>system.TcpStream()</c>.</summary>
    public static FlexTcpStreamExt FlexTcpStream(this ActorSystem system) => Streams.FlexTcpStream.For(system);
}
