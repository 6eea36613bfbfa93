using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.Shared;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>All that is different between FlexSC and stock Akka.IO for the service's actors.</summary>
/// <param name="sockets">Whose sockets they are.</param>
/// <param name="description">What runs where, and why.</param>
internal abstract class ServiceIo(SocketIo sockets, string description)
{
    /// <summary>Whose sockets they are.</summary>
    public SocketIo Sockets => sockets;

    /// <summary>What runs where, and why.</summary>
    public string Description => description;

    /// <exception cref="IOException">FlexSC cannot run as asked for; the text names the remedy.</exception>
    public static ServiceIo Of(ActorSystem system, HttpServerOptions options)
    {
        try
        {
            SocketIo sockets = new(system, options);
            return sockets.Backend is { } choice ? new FlexScIo(system, options, sockets, choice) : new StockIo(sockets, options.Root);
        }
        catch (Exception exception) when (exception is ConfigurationException or LinuxException or BackendUnavailableException)
        {
            throw new IOException($"FlexSC cannot run: {exception.Message}", exception);
        }
    }

    /// <summary>Options of the listener's socket.</summary>
    public abstract IEnumerable<Inet.SocketOption> ListenerOptions { get; }

    /// <summary>Registers the handler of a connection. The peer's half-close may follow a request whose response is still to come.</summary>
    public abstract Tcp.Command Register(IActorRef handler);

    /// <summary>What is known of the socket of a connection that was just made known; once for each.</summary>
    public abstract SocketView ViewOf(IActorRef connection, EndPoint remote);

    /// <param name="connection">The connection.</param>
    /// <param name="socket">What is known of its socket.</param>
    /// <param name="handler">Its handler, which uses the output.</param>
    /// <param name="progressBytes">Bytes the socket takes between two tellings of it.</param>
    public abstract ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes);

    /// <summary>Opens the store of static files; null when no root was given.</summary>
    /// <exception cref="IOException">The root cannot be opened.</exception>
    public abstract IFileStore? OpenFiles(FileDescriptors descriptors);

    private sealed class StockIo(SocketIo sockets, string? root) : ServiceIo(sockets, "stock Akka.IO on the thread pool (--io akka-io)")
    {
        private readonly AcceptedSockets _accepted = new();

        public override IEnumerable<Inet.SocketOption> ListenerOptions => [new EthernetSegments(), _accepted];

        public override Tcp.Command Register(IActorRef handler) => new Tcp.Register(handler, keepOpenOnPeerClosed: true);

        public override SocketView ViewOf(IActorRef connection, EndPoint remote) => new StockSocketView(connection, _accepted.Take(remote));

        public override ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes) =>
            new AkkaOutput(connection, handler, progressBytes, socket);

        public override IFileStore? OpenFiles(FileDescriptors descriptors) => root is null ? null : new ThreadPoolFileStore(root, descriptors);
    }

    private sealed class FlexScIo(ActorSystem system, HttpServerOptions options, SocketIo sockets, BackendChoice choice)
        : ServiceIo(sockets, Describe(options, choice, sockets.Loops))
    {
        private readonly bool _pooled = options.Messages == MessageMode.Pooled;

        public override IEnumerable<Inet.SocketOption> ListenerOptions { get; } =
            options.Tls is { } tls ? [new EthernetSegments(), tls.ToOption("http/1.1")] : [new EthernetSegments()];

        public override Tcp.Command Register(IActorRef handler) =>
            _pooled ? new RegisterPooled(handler, keepOpenOnPeerClosed: true) : new Tcp.Register(handler, keepOpenOnPeerClosed: true);

        public override SocketView ViewOf(IActorRef connection, EndPoint remote) => new FlexScSocketView(connection);

        public override ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes) => _pooled
            ? new PooledOutput(FlexTcp.OutputOf(connection), socket, progressBytes)
            : new AkkaOutput(connection, handler, progressBytes, socket);

        public override IFileStore? OpenFiles(FileDescriptors descriptors) => options.Root is null
            ? null
            : new LoopFileStore(system, options.Root, descriptors, options.FileChunkBytes, options.MaxFileCalls);

        private static string Describe(HttpServerOptions options, BackendChoice choice, IReadOnlyList<LoopFigures> loops)
        {
            string cores = string.Join(", ", loops.Select(loop => loop.Cpu is { } cpu ? $"core {cpu}" : "any core"));
            string backend = SyscallBackendKinds.Format(choice.Chosen);
            string executor = choice.Chosen != SyscallBackendKind.SyscallThreads ? ""
                : options.SyscallThreads == 0 ? " (calls made by the loops themselves)"
                : $" ({options.SyscallThreads} beside each loop)";
            string messages = options.Messages == MessageMode.Pooled ? "pooled messages" : "Akka.IO's messages";
            return $"FlexSC: {loops.Count} {(loops.Count == 1 ? "loop" : "loops")} on {cores}; {messages}; backend {backend}{executor}: {SocketIo.ReasonOf(choice)}{(options.Tls is { } tls ? $"; {tls.Description}" : "")}";
        }
    }
}
