using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Loop;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Actors;

/// <summary>A process of a world in which an actor system runs, with the loops of FlexSc.Akka.</summary>
internal sealed class ActorProcess
{
    private const long MostSteps = 2_000_000;

    [ThreadStatic]
    private static ActorProcess? t_current;

    private readonly LoopEnvironment _environment;
    private readonly List<ActorLoop> _loops = [];
    private readonly ActorSystem _system;
    private readonly IMover? _mover;

    private ActorProcess(World world, string name, Config config, Func<Error, bool> isExpected)
    {
        World = world;
        Process = world.Kernel.StartProcess(name);
        Work = new ReadyWork(world, this);
        _environment = world.EnvironmentOf(Process, OnLoopStarted, Work.Add);
        world.Add(Work);
        if (world.Moves is { } moves)
        {
            _mover = moves.IsByPlan ? new PlanMover(world, this) : new ConnectionMover(world, this, moves);
            world.Add(_mover);
        }

        SteppedTaskScheduler tasks = new(Work);
        ActorSystem? system = null;
        Run(() =>
        {
            system = tasks.Make(() => ActorSystem.Create(name, config.WithFallback(ActorConfig.Common)));
            _ = new LogWatch(this, (ExtendedActorSystem)system, isExpected);

            // It brings its dispatcher and its mailbox along.
            _ = FlexTcp.For(system);
        });
        _system = system!;
    }

    /// <summary>The process that this thread works for.</summary>
    public static ActorProcess Current => t_current ?? throw new InvalidOperationException("no actor system is simulated here");

    public World World { get; }

    public SimulatedProcess Process { get; }

    public ReadyWork Work { get; }

    public ActorSystem System => _system;

    public string Name => Process.Name;

    public bool HasCrashed => Process.HasCrashed;

    public IReadOnlyList<ActorLoop> Loops => _loops;

    /// <param name="world">The world.</param>
    /// <param name="name">Name of the process and of its system.</param>
    /// <param name="config">What differs from <see cref="ActorConfig.Common"/>.</param>
    /// <param name="isExpected">Errors that may be logged.</param>
    public static ActorProcess Start(World world, string name, Config config, Func<Error, bool>? isExpected = null) =>
        new(world, name, config, isExpected ?? (static _ => false));

    /// <summary>Runs something as a thread of the process that is no loop's.</summary>
    public void Run(Action work)
    {
        ActorProcess? before = t_current;
        t_current = this;
        try
        {
            using Surroundings surroundings = new(_environment);
            work();
        }
        finally
        {
            t_current = before;
        }
    }

    /// <summary>Starts an actor.</summary>
    public IActorRef ActorOf(Props props, string name)
    {
        IActorRef? actor = null;
        Run(() => actor = _system.ActorOf(props, name));
        return actor!;
    }

    public void Tell(IActorRef actor, object message) => Run(() => actor.Tell(message, ActorRefs.NoSender));

    /// <summary>Ends the process where it is.</summary>
    public void Crash()
    {
        Process.Crash();
        foreach (ActorLoop loop in _loops)
        {
            loop.Loop.Abandon();
        }
    }

    /// <summary>Nothing of sockets is in use any more, on any loop.</summary>
    public void RequireNothingInUse()
    {
        if (HasCrashed)
        {
            return;
        }

        World.RunUntil(
            () => Process.OpenDescriptors == 0 && _mover is not { IsDone: false } && _loops.TrueForAll(static loop => loop.Loop.UsedEntries == 0 && loop.Loop.ReservedEntries == 0
                && loop.Io.ConnectionCount == 0 && loop.Io.ExpectedConnections == 0 && loop.Loop.Buffers.Available == loop.Loop.Buffers.Count
                && loop.Io.Udp.Sockets.Count == 0 && loop.Io.Udp.SendBlocks.Outstanding == 0
                && loop.Io.Tcp.SendBlocks.Outstanding == 0 && loop.Io.Tcp.Receptions.UnhandledBytes == 0),
            $"{Name} has all its entries, descriptors, buffers and blocks back", MostSteps);
    }

    /// <summary>What its loops hold, for an error.</summary>
    public string Describe() => string.Join("", _loops.Where(static loop => !loop.Loop.HasEnded).Select(static loop =>
        $", on loop {loop.Index} {loop.Io.ConnectionCount} connections, {loop.Loop.ReservedEntries} entries reserved, "
            + $"{loop.Io.Tcp.SendBlocks.Outstanding} send blocks outside, {loop.Io.Tcp.Receptions.UnhandledBytes} bytes unhandled"));

    /// <summary>Ends the actor system, and with it the loops.</summary>
    public void Terminate()
    {
        if (HasCrashed)
        {
            return;
        }

        Task? terminated = null;
        Run(() => terminated = _system.Terminate());
        World.RunUntil(() => terminated!.IsCompleted, $"the actor system of {Name} has terminated", MostSteps);
        World.RunUntil(() => _loops.TrueForAll(static loop => loop.Loop.HasEnded), $"the loops of {Name} have ended", MostSteps);
        if (Process.OpenDescriptors > 0)
        {
            throw new SimulationFailure($"{Name}: {Process.OpenDescriptors} descriptors are open after its end");
        }
    }

    private void OnLoopStarted(SyscallLoop loop)
    {
        // It has taken this thread for its own.
        ActorLoop.Current = null;
        _loops.Add((ActorLoop)loop.Host!);
    }
}
