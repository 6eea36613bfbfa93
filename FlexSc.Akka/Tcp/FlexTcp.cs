using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.IO;

/// <summary>
/// TCP that speaks Akka.IO's messages and makes its system calls through syscall pages:
/// <c>system.FlexTcp().Tell(new Tcp.Bind(Self, endPoint))</c>, and from there on as with <c>system.Tcp()</c>.
/// </summary>
public sealed class FlexTcp : ExtensionIdProvider<FlexTcpExt>
{
    /// <summary>The extension's id.</summary>
    public static FlexTcp Id { get; } = new();

    /// <summary>The extension of a system; starts it.</summary>
    public static FlexTcpExt For(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<FlexTcpExt, FlexTcp>();
    }

    /// <summary>
    /// The direct output of a connection, for its handler: bytes are written where they are sent from.
    /// </summary>
    /// <param name="connection">The sender of <see cref="global::Akka.IO.Tcp.Connected"/>.</param>
    /// <exception cref="ArgumentException">It is no connection of FlexSC's.</exception>
    public static TcpOutput OutputOf(IActorRef connection) => Own(connection).Output;

    /// <summary>
    /// What the TLS handshake of a connection has agreed on, for who wants to choose a handler by it; null for one without TLS. The handler
    /// is told it when it registers.
    /// </summary>
    /// <param name="connection">The sender of <see cref="global::Akka.IO.Tcp.Connected"/>.</param>
    /// <exception cref="ArgumentException">It is no connection of FlexSC's.</exception>
    public static TlsNegotiated? NegotiatedOf(IActorRef connection) => Own(connection).Tls?.Negotiated;

    /// <inheritdoc/>
    public override FlexTcpExt CreateExtension(ExtendedActorSystem system) => new(system);

    private static TcpConnection Own(IActorRef connection) => connection as TcpConnection
        ?? throw new ArgumentException($"{connection} is no FlexSC connection: bind with system.FlexTcp()", nameof(connection));
}

/// <summary>The TCP extension of one actor system.</summary>
public sealed class FlexTcpExt : IExtension
{
    /// <summary>
    /// Id of the dispatcher that reference.conf describes. It is there as soon as the configuration names anything of FlexSC (the
    /// redirect, a dispatcher, the extension), and else once the extension is.
    /// </summary>
    public const string DispatcherId = FlexScDefaults.DispatcherId;

    /// <summary>Id of the mailbox that reference.conf describes, for actors that there are many of; it is there when <see cref="DispatcherId"/> is.</summary>
    public const string MailboxId = FlexScDefaults.MailboxId;

    private readonly LoopGroup? _group;
    private readonly StockInstead? _stock;
    private readonly AcceptedConnections _accepted = new();

    internal FlexTcpExt(ExtendedActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        FlexScDefaults.Ensure(system);
        Settings = TcpLoopSettings.Create(system.Settings.Config);
        _stock = StockInstead.Of(system);
        if (_stock is not null)
        {
            _stock.Tell();
            Manager = global::Akka.IO.TcpExtensions.Tcp(system);
            return;
        }

        _group = LoopGroup.Of(system);
        Manager = FlexScDefaults.StartManager(system, Props.Create(() => new TcpManagerActor(_group, Settings, _accepted)), "IO-FLEXSC-TCP");
        TcpShutdown.Register(system, this);
    }

    /// <summary>
    /// Whether FlexSC runs in this system. False where it is switched off (<c>flexsc.enabled</c>) or the machine is none that it runs on:
    /// then <see cref="Manager"/> is Akka.IO's, which knows no <see cref="RegisterPooled"/> and no options of FlexSC's.
    /// </summary>
    public bool IsRunning => _stock is null;

    /// <summary>Why FlexSC does not run; null where it does.</summary>
    public string? NotRunningReason => _stock?.Reason;

    /// <summary>Takes <see cref="global::Akka.IO.Tcp.Bind"/> and <see cref="global::Akka.IO.Tcp.Connect"/>.</summary>
    public IActorRef Manager { get; }

    /// <summary>Figures of the loops; starts them when nothing did. Empty where FlexSC does not run.</summary>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    public IReadOnlyList<LoopFigures> Figures => [.. (_group?.Loops ?? []).Select(LoopFigures.Of)];

    /// <summary>Which backend the loops run on, and why; starts them when nothing did.</summary>
    /// <exception cref="FlexSc.Interop.Capabilities.BackendUnavailableException">The backend that was asked for cannot run here.</exception>
    /// <exception cref="PlatformNotSupportedException">FlexSC does not run: see <see cref="IsRunning"/>.</exception>
    public BackendChoice Backend
    {
        get
        {
            _ = Group.Loops;
            return Group.Choice!;
        }
    }

    /// <summary>
    /// The orderly end of the service: listeners stop accepting at once and for good, <see cref="TcpDraining"/> is published on the event
    /// stream, and what handlers have not closed within the time limit is ended by a confirmed close, so that the last bytes written
    /// arrive before the end. Connections that were made by Connect stay. From any thread.
    /// </summary>
    /// <param name="timeLimit">How long handlers have to close their connections; zero or more.</param>
    /// <returns>
    /// What became of the accepted connections. Completes at the latest <c>flexsc.loops.socket-close-limit-ms</c> after the time limit. That
    /// begins when nobody is let in any more, or after as long where a loop is held up that accepts. Where FlexSC does not run, at once,
    /// and all are zero: Akka.IO's connections are not FlexSC's to end.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The time limit is negative.</exception>
    public Task<TcpDrained> DrainAsync(TimeSpan timeLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeLimit, TimeSpan.Zero);
        return _group is null
            ? Task.FromResult(new TcpDrained(0, 0, 0))
            : new TcpDrain(_group, Manager, _accepted).RunAsync(timeLimit);
    }

    internal TcpLoopSettings Settings { get; }

    internal LoopGroup Group => _group ?? throw _stock!.Refusal("a FlexSC loop", "ask FlexTcpExt.IsRunning first");
}

/// <summary>Entry points on an actor system.</summary>
public static class FlexTcpExtensions
{
    /// <summary>
    /// The manager that takes <see cref="global::Akka.IO.Tcp.Bind"/> and <see cref="global::Akka.IO.Tcp.Connect"/>: the counterpart of
    /// <c>system.Tcp()</c>, and where FlexSC does not run (<see cref="FlexTcpExt.IsRunning"/>) that itself.
    /// </summary>
    public static IActorRef FlexTcp(this ActorSystem system) => IO.FlexTcp.For(system).Manager;
}
