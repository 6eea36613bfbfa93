using System.Net;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>All that is different between FlexSC and stock Akka.IO for the service's actors.</summary>
internal abstract class ServiceIo
{
    /// <summary>Takes <see cref="Akka.IO.Tcp.Bind"/>.</summary>
    public abstract IActorRef Tcp { get; }

    /// <summary>What runs where, and why.</summary>
    public abstract string Description { get; }

    /// <summary>Figures of the loops, where there are any.</summary>
    public abstract IReadOnlyList<LoopFigures> Loops { get; }

    /// <exception cref="IOException">FlexSC cannot run as asked for; the text names the remedy.</exception>
    public static ServiceIo Of(ActorSystem system, HttpServerOptions options)
    {
        if (options.Io == IoMode.AkkaIo)
        {
            return new StockIo(system, options.Root);
        }

        try
        {
            return new FlexScIo(system, options);
        }
        catch (Exception exception) when (exception is ConfigurationException or LinuxException or BackendUnavailableException)
        {
            throw new IOException($"FlexSC cannot run: {exception.Message}", exception);
        }
    }

    /// <summary>Puts an actor where it works best with its connection.</summary>
    public abstract Props Place(Props props);

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

    /// <summary>Ends when the threads of the system have, which has terminated.</summary>
    public abstract Task WhenEnded();

    private sealed class StockIo(ActorSystem system, string? root) : ServiceIo
    {
        private readonly AcceptedSockets _accepted = new();

        public override IActorRef Tcp { get; } = system.Tcp();

        public override IEnumerable<Inet.SocketOption> ListenerOptions => [new EthernetSegments(), _accepted];

        public override string Description => "stock Akka.IO on the thread pool (--io akka-io)";

        public override IReadOnlyList<LoopFigures> Loops => [];

        public override Props Place(Props props) => props;

        public override Tcp.Command Register(IActorRef handler) => new Tcp.Register(handler, keepOpenOnPeerClosed: true);

        public override SocketView ViewOf(IActorRef connection, EndPoint remote) => new StockSocketView(connection, _accepted.Take(remote));

        public override ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes) =>
            new AkkaOutput(connection, handler, progressBytes, socket);

        public override IFileStore? OpenFiles(FileDescriptors descriptors) => root is null ? null : new ThreadPoolFileStore(root, descriptors);

        public override Task WhenEnded() => Task.CompletedTask;
    }

    private sealed class FlexScIo : ServiceIo
    {
        private readonly ActorSystem _system;
        private readonly HttpServerOptions _options;
        private readonly FlexTcpExt _flexTcp;
        private readonly bool _pooled;

        public FlexScIo(ActorSystem system, HttpServerOptions options)
        {
            _system = system;
            _options = options;

            // Before any actor is placed: the extension brings its dispatcher along.
            _flexTcp = FlexTcp.For(system);
            _pooled = options.Messages == MessageMode.Pooled;
            Description = Describe(options, _flexTcp.Backend, _flexTcp.Figures);
        }

        public override IActorRef Tcp => _flexTcp.Manager;

        public override IEnumerable<Inet.SocketOption> ListenerOptions { get; } = [new EthernetSegments()];

        public override string Description { get; }

        public override IReadOnlyList<LoopFigures> Loops => _flexTcp.Figures;

        public override Props Place(Props props) => props.WithDispatcher(FlexTcpExt.DispatcherId).WithMailbox(FlexTcpExt.MailboxId);

        public override Tcp.Command Register(IActorRef handler) =>
            _pooled ? new RegisterPooled(handler, keepOpenOnPeerClosed: true) : new Tcp.Register(handler, keepOpenOnPeerClosed: true);

        public override SocketView ViewOf(IActorRef connection, EndPoint remote) => new FlexScSocketView(connection);

        public override ConnectionOutput OutputOf(IActorRef connection, SocketView socket, IActorRef handler, long progressBytes) => _pooled
            ? new PooledOutput(FlexTcp.OutputOf(connection), socket, progressBytes)
            : new AkkaOutput(connection, handler, progressBytes, socket);

        public override IFileStore? OpenFiles(FileDescriptors descriptors) => _options.Root is null
            ? null
            : new LoopFileStore(_system, _options.Root, descriptors, _options.FileChunkBytes, _options.MaxFileCalls);

        public override Task WhenEnded() => FlexLoops.WhenEnded(_system);

        private static string Describe(HttpServerOptions options, BackendChoice choice, IReadOnlyList<LoopFigures> loops)
        {
            string cores = string.Join(", ", loops.Select(loop => loop.Cpu is { } cpu ? $"core {cpu}" : "any core"));
            string backend = SyscallBackendKinds.Format(choice.Chosen);
            string executor = choice.Chosen != SyscallBackendKind.SyscallThreads ? ""
                : options.SyscallThreads == 0 ? " (calls made by the loops themselves)"
                : $" ({options.SyscallThreads} beside each loop)";
            string remedy = choice.Remedies.Count > 0 ? $"; remedy: {string.Join("; ", choice.Remedies)}" : "";
            string messages = options.Messages == MessageMode.Pooled ? "pooled messages" : "Akka.IO's messages";
            return $"FlexSC: {loops.Count} {(loops.Count == 1 ? "loop" : "loops")} on {cores}; {messages}; backend {backend}{executor}: {choice.Reason}{remedy}";
        }
    }
}
