using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.IO;

/// <summary>
/// UDP, and datagrams of Unix sockets, that speak Akka.IO's messages and make their system calls through syscall pages:
/// <c>system.FlexUdp().Tell(new Udp.Bind(Self, endPoint))</c>, and from there on as with <c>system.Udp()</c>; see
/// <see cref="DatagramOptions"/> for what goes beyond.
/// </summary>
public sealed class FlexUdp : ExtensionIdProvider<FlexUdpExt>
{
    /// <summary>The extension's id.</summary>
    public static FlexUdp Id { get; } = new();

    /// <summary>The extension of a system; starts it.</summary>
    public static FlexUdpExt For(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<FlexUdpExt, FlexUdp>();
    }

    /// <summary>The direct output of a socket, for its handler.</summary>
    /// <param name="socket">The sender of <see cref="global::Akka.IO.Udp.Bound"/>, <see cref="global::Akka.IO.Udp.SimpleSenderReady"/> or <see cref="global::Akka.IO.UdpConnected.Connected"/>.</param>
    /// <exception cref="ArgumentException">It is no socket of FlexSC's.</exception>
    public static UdpOutput OutputOf(IActorRef socket) => socket is UdpSocket own
        ? own.Output
        : throw new ArgumentException($"{socket} is no FlexSC socket: bind with system.FlexUdp()", nameof(socket));

    /// <summary>
    /// Why a command failed, a Bind as well as a Send: Akka.IO's events of UDP do not tell. The text names call, address, errno and
    /// remedy. Null where it is not known, as for an event that is not FlexSC's or that was sent to another process. From any thread.
    /// </summary>
    /// <param name="commandFailed">A <see cref="global::Akka.IO.Udp.CommandFailed"/> or a <see cref="global::Akka.IO.UdpConnected.CommandFailed"/>.</param>
    public static Exception? CauseOf(object commandFailed)
    {
        ArgumentNullException.ThrowIfNull(commandFailed);
        return FailureCauses.Of(commandFailed);
    }

    /// <inheritdoc/>
    public override FlexUdpExt CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>The UDP extension of one actor system. Where FlexSC does not run (<see cref="FlexTcpExt.IsRunning"/>) its managers are Akka.IO's.</summary>
public sealed class FlexUdpExt : IExtension
{
    private readonly UdpCounters[] _counters;
    private readonly LoopGroup? _group;

    internal FlexUdpExt(ExtendedActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        FlexScDefaults.Ensure(system);
        if (StockInstead.Of(system) is { } stock)
        {
            stock.Tell();
            _counters = [];
            Manager = global::Akka.IO.Udp.Instance.Apply(system).Manager;
            ConnectedManager = global::Akka.IO.UdpConnected.Instance.Apply(system).Manager;
            return;
        }

        _group = LoopGroup.Of(system);
        UdpLoopSettings settings = UdpLoopSettings.Create(system.Settings.Config);
        _counters = [.. Enumerable.Range(0, _group.Settings.Count).Select(_ => new UdpCounters())];
        Manager = Start(system, _group, settings, "IO-FLEXSC-UDP");
        ConnectedManager = Start(system, _group, settings, "IO-FLEXSC-UDP-CONN");
    }

    /// <summary>Takes <see cref="global::Akka.IO.Udp.Bind"/> and <see cref="global::Akka.IO.Udp.SimpleSender"/>.</summary>
    public IActorRef Manager { get; }

    /// <summary>Takes <see cref="global::Akka.IO.UdpConnected.Connect"/>.</summary>
    public IActorRef ConnectedManager { get; }

    /// <summary>What became of datagrams so far. From any thread.</summary>
    public UdpFigures Figures => _counters.Select(static counters => counters.Figures).Aggregate(
        default(UdpFigures),
        static (all, more) => new UdpFigures(
            all.Received + more.Received, all.Sent + more.Sent, all.Truncated + more.Truncated, all.SendsFailed + more.SendsFailed,
            all.PeerErrors + more.PeerErrors));

    internal LoopGroup Group => _group ?? throw new InvalidOperationException("FlexSC does not run in this system");

    private IActorRef Start(ExtendedActorSystem system, LoopGroup group, UdpLoopSettings settings, string name) =>
        FlexScDefaults.StartManager(system, Props.Create(() => new UdpManagerActor(group, settings, _counters)), name);
}

/// <summary>Entry points on an actor system.</summary>
public static class FlexUdpExtensions
{
    /// <summary>The manager that takes <see cref="global::Akka.IO.Udp.Bind"/> and <see cref="global::Akka.IO.Udp.SimpleSender"/>: the counterpart of <c>system.Udp()</c>.</summary>
    public static IActorRef FlexUdp(this ActorSystem system) => IO.FlexUdp.For(system).Manager;

    /// <summary>The manager that takes <see cref="global::Akka.IO.UdpConnected.Connect"/>: the counterpart of <c>system.UdpConnected()</c>.</summary>
    public static IActorRef FlexUdpConnected(this ActorSystem system) => IO.FlexUdp.For(system).ConnectedManager;
}
