using Akka.Actor;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;

namespace FlexSc.Akka.Placement;

/// <summary>
/// Placement at run time: <c>system.FlexPlacement().Tell(FlexPlacement.GetPlacement.Instance)</c> is answered by <see cref="State"/>.
/// It looks at the loops every <c>flexsc.placement.interval-ms</c>, asks the policy, and carries out what can be: which loops get new
/// connections and actors, the cores of loops that are pinned, and the cores that execute system calls. Each change is published as
/// <see cref="PlacementChanged"/>, and a split that hinders what runs as <see cref="PlacementWarning"/>.
/// </summary>
public static class FlexPlacement
{
    /// <summary>Asks for the plan in force and how it came about; answered by <see cref="State"/>.</summary>
    public sealed class GetPlacement
    {
        private GetPlacement()
        {
        }

        /// <summary>The only one.</summary>
        public static GetPlacement Instance { get; } = new();
    }

    /// <summary>
    /// Has an actor of a FlexSC dispatcher live on a loop, with the TCP connections that it handles: these move first, each as soon as it is
    /// at rest, and then the actor, from its next run on. Where one of them stays, the actor does, too: one that does not come to rest
    /// within <c>flexsc.tcp.move-limit-ms</c>. Published as <see cref="PlacementChanged"/> where something has moved.
    /// Answered by <see cref="Done"/> or <see cref="Refused"/>, once it is so. A loop that is held up is waited for three times that limit: then,
    /// or when it is given up, the answer names what holds it up.
    /// </summary>
    /// <param name="Actor">A local actor.</param>
    /// <param name="Loop">Number of the loop, from 0.</param>
    public sealed record PinActor(IActorRef Actor, int Loop);

    /// <summary>
    /// Says how many cores are for system calls, whatever the adaptive policy finds; null leaves it to the policy. With io-uring each is a
    /// kernel thread that polls (SQPOLL) and burns its core while there is work. Answered by <see cref="Done"/>, or by
    /// <see cref="Refused"/> where the backend cannot change that at run time, or the policy does not go by it.
    /// </summary>
    /// <param name="Count">0 or more; one core is always left for loops.</param>
    public sealed record ReserveSyscallCores(int? Count);

    /// <summary>
    /// Has an actor run on the thread pool from its next run on, until <see cref="Return"/>: one that is known to block. As
    /// <see cref="FlexEviction.Evict"/>; answered by <see cref="Done"/> or <see cref="Refused"/>.
    /// </summary>
    /// <param name="Actor">A local actor that lives on a loop.</param>
    public sealed record Evict(IActorRef Actor);

    /// <summary>
    /// Has an actor that was evicted, by whomever, run on its loop again from its next run on. As <see cref="FlexEviction.Return"/>;
    /// answered by <see cref="Done"/> or <see cref="Refused"/>.
    /// </summary>
    /// <param name="Actor">An actor that is evicted.</param>
    public sealed record Return(IActorRef Actor);

    /// <summary>Changes the policy; answered by <see cref="Done"/> or <see cref="Refused"/>.</summary>
    /// <param name="Name">As <c>flexsc.placement.policy</c>.</param>
    public sealed record SetPolicy(string Name);

    /// <summary>It is so, or will be with the next look.</summary>
    /// <param name="Command">What was asked for.</param>
    public sealed record Done(object Command);

    /// <summary>It is not done.</summary>
    /// <param name="Command">What was asked for.</param>
    /// <param name="Reason">Why, and what would help.</param>
    public sealed record Refused(object Command, string Reason);

    /// <summary>How things are.</summary>
    /// <param name="Policy">Name of the policy.</param>
    /// <param name="Plan">The plan in force.</param>
    /// <param name="Allowance">What the process may use.</param>
    /// <param name="Abilities">What can be carried out here.</param>
    /// <param name="Loops">Each loop, averaged.</param>
    /// <param name="SyscallCores">The cores that execute system calls, averaged.</param>
    /// <param name="Evicted">The actors that run on the thread pool, with the loop each left and the reason.</param>
    /// <param name="Decisions">The latest ones, the oldest first; actors that were evicted and came back included.</param>
    public sealed record State(
        string Policy, PlacementPlan Plan, CpuAllowance? Allowance, PlacementAbilities Abilities, IReadOnlyList<LoopLoad> Loops,
        IReadOnlyList<SyscallCoreLoad> SyscallCores, IReadOnlyList<ActorEvicted> Evicted, IReadOnlyList<PlacementDecision> Decisions);
}

/// <summary>Published on the event stream of the actor system when the plan changes, or an actor is evicted or comes back.</summary>
/// <param name="Before">The plan until then.</param>
/// <param name="After">The plan from then on; what of it can be carried out has been.</param>
/// <param name="Reason">Why, with the figures that made it.</param>
public sealed record PlacementChanged(PlacementPlan Before, PlacementPlan After, string Reason);

/// <summary>The placement of one actor system.</summary>
public sealed class FlexPlacementExt : IExtension
{
    internal FlexPlacementExt(ExtendedActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        FlexScDefaults.Ensure(system);
        PlacementSettings settings = PlacementSettings.Create(system.Settings.Config);
        IPlacementPolicy policy = settings.CreatePolicy(settings.Policy);
        Actor = FlexScDefaults.StartManager(system, PropsOf(system, settings, policy), "FLEXSC-PLACEMENT");
    }

    private Props PropsOf(ExtendedActorSystem system, PlacementSettings settings, IPlacementPolicy policy)
    {
        if (StockInstead.Of(system) is { } stock)
        {
            stock.Tell();
            return Props.Create(() => new NoPlacementActor(stock.Reason));
        }

        LoopGroup group = LoopGroup.Of(system);

        // Here and not in the actor: whoever asked for placement learns why loops cannot run, and not its actor's supervisor.
        _ = group.Loops;
        return Props.Create(() => new PlacementActor(group, settings, policy, Board));
    }

    /// <summary>Takes the commands of <see cref="FlexPlacement"/>; where FlexSC does not run, it refuses them with the reason.</summary>
    public IActorRef Actor { get; }

    /// <summary>What its actor found last. From any thread.</summary>
    internal PlacementBoard Board { get; } = new();
}

/// <summary>Makes the extension; name it in <c>akka.extensions</c> to have placement run from the start.</summary>
public sealed class FlexPlacementProvider : ExtensionIdProvider<FlexPlacementExt>
{
    /// <inheritdoc/>
    public override FlexPlacementExt CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>Entry points on an actor system.</summary>
public static class FlexPlacementExtensions
{
    /// <summary>
    /// The actor that places; starts it, and the loops. See <see cref="Placement.FlexPlacement"/>. Where FlexSC does not run
    /// (<c>flexsc.enabled</c>), it answers <see cref="Placement.FlexPlacement.Refused"/> to everything.
    /// </summary>
    /// <exception cref="global::Akka.Configuration.ConfigurationException">A value of <c>flexsc.placement</c> or <c>flexsc.loops</c> is none.</exception>
    /// <exception cref="FlexSc.Interop.Capabilities.BackendUnavailableException">The backend that was asked for cannot run here.</exception>
    /// <exception cref="FlexSc.Interop.Linux.LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    public static IActorRef FlexPlacement(this ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return system.WithExtension<FlexPlacementExt, FlexPlacementProvider>().Actor;
    }
}
