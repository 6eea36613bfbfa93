using System.Net;
using Akka.IO;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Simulation.Worlds;

/// <summary>
/// Processes with loops and actor systems in one thread, over a simulated kernel. Who is next is decided by the seed: whoever has
/// something to do, or an event of the kernel; when nobody has, the clock moves on.
/// </summary>
internal sealed class World : IDisposable
{
    /// <summary>One step in so many is the kernel's although others could go on: time passes while they work.</summary>
    private const int KernelShare = 4;

    /// <summary>Time of the world after which what is waited for is taken for never: timers go on for ever, where nothing else does.</summary>
    private const long MostWaitNs = 600_000_000_000;

    private readonly List<ISteppable> _steppables = [];
    private readonly List<SyscallLoop> _loops = [];
    private readonly Action<string>? _trace;
    private Exception? _fault;

    public World(ulong seed, SimulationProfile profile, Action<string>? trace)
    {
        _trace = trace;
        Kernel = new SimulatedKernel(seed, profile, trace);
        Random = new SimulatedRandom(~seed);
    }

    public SimulatedKernel Kernel { get; }

    /// <summary>Chance of the programs, apart from that of the kernel.</summary>
    public SimulatedRandom Random { get; }

    /// <summary>The address that stands for a port: one of the loopback of IPv4, unless a program takes others.</summary>
    public Func<int, EndPoint> EndPointOf { get; set; } = static port => new IPEndPoint(IPAddress.Loopback, port);

    /// <summary>Options of every bind, and of every connect, of a program's connections.</summary>
    public (Inet.SocketOption[] Bind, Inet.SocketOption[] Connect) Options { get; set; } = ([], []);

    /// <summary>Counts connections that move between the loops of their process; null where none does.</summary>
    public MoveTally? Moves { get; set; }

    /// <summary>Steps of loops, mailboxes and schedulers so far, beside those of the kernel.</summary>
    public long OwnSteps { get; private set; }

    public long Steps => OwnSteps + Kernel.Steps;

    public bool IsTraced => _trace is not null;

    /// <summary>Starts a process with a loop.</summary>
    public Party Start(string name, SyscallLoopOptions options, ILoopHost? host = null)
    {
        SimulatedProcess process = Kernel.StartProcess(name);
        using Surroundings surroundings = new(EnvironmentOf(process));
        return new Party(process, SyscallLoop.Start(options, name, host));
    }

    /// <summary>What the world is to a process; its loops are stepped from their start on.</summary>
    /// <param name="process">The process.</param>
    /// <param name="started">Takes each loop when it has started.</param>
    /// <param name="pool">Takes what is to run on no loop; null where nothing is.</param>
    public LoopEnvironment EnvironmentOf(SimulatedProcess process, Action<SyscallLoop>? started = null, Action<IThreadPoolWorkItem>? pool = null)
    {
        SimulatedAttempts? attempts = null;
        LoopEnvironment? environment = null;
        environment = new LoopEnvironment(
            Kernel.Clock,
            (pages, tokens, buffers, given) =>
            {
                attempts = new SimulatedAttempts(process, pages.EntryCount, holdsThread: false);
                ReadinessBackend backend = new(pages, tokens, buffers, given.CompletionSlots, attempts);
                return new UnreachingCancellations(backend, pages, tokens, Kernel);
            },
            loop =>
            {
                _loops.Add(loop);
                Add(new SteppedLoop(process, environment!, loop, attempts!));
                started?.Invoke(loop);
            })
        {
            CallDirectly = process.Attempt,
            Pool = pool ?? (static work => throw new SimulationFailure($"{work} is to run on a thread pool, which is not there")),
        };
        return environment;
    }

    /// <summary>Has something be stepped from now on.</summary>
    public void Add(ISteppable steppable) => _steppables.Add(steppable);

    public void Trace(string text)
    {
        if (_trace is not null)
        {
            Kernel.Trace(text);
        }
    }

    /// <summary>Has an error of a program end the run.</summary>
    public Task Observe(Task task)
    {
        _ = task.ContinueWith(
            faulted => Fail(faulted.Exception!.GetBaseException()),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    /// <summary>Ends the run by an error; the first one is told.</summary>
    public void Fail(Exception fault) => _fault ??= fault;

    /// <summary>Goes on until something is so.</summary>
    /// <param name="isDone">Whether it is.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <param name="mostSteps">Steps after which it is taken for never.</param>
    /// <exception cref="SimulationFailure">It does not come to be so, or something has failed.</exception>
    public void RunUntil(Func<bool> isDone, string what, long mostSteps)
    {
        long lastStep = Steps + mostSteps;
        long lastNs = Kernel.Clock.NowNs + MostWaitNs;
        while (!isDone())
        {
            ThrowFault();
            if (Steps > lastStep || Kernel.Clock.NowNs > lastNs)
            {
                string waited = Steps > lastStep ? $"{mostSteps} steps" : $"{MostWaitNs / Kernel.Clock.TimestampFrequency} seconds of its time";
                throw new SimulationFailure($"after {waited} not yet: {what}; {Describe()}");
            }

            if (!TryStep())
            {
                throw new SimulationFailure($"nothing is left to happen, and not yet: {what}; {Describe()}");
            }
        }

        ThrowFault();
    }

    public void Dispose()
    {
        foreach (SyscallLoop loop in _loops)
        {
            loop.Abandon();
        }
    }

    private void ThrowFault()
    {
        if (_fault is not null)
        {
            throw _fault as SimulationFailure ?? new SimulationFailure($"{_fault.GetType().Name}: {_fault.Message}", _fault);
        }
    }

    private string Describe() => string.Join("; ", _steppables.Select(steppable => steppable.ToString()));

    private bool TryStep()
    {
        int due = 0;
        foreach (ISteppable steppable in _steppables)
        {
            due += steppable.IsDue ? 1 : 0;
        }

        if (due > 0 && (Random.Below(KernelShare) > 0 || Kernel.NextDueNs is null))
        {
            Step(Random.Below(due));
            return true;
        }

        long deadlineNs = long.MaxValue;
        foreach (ISteppable steppable in _steppables)
        {
            deadlineNs = Math.Min(deadlineNs, steppable.DeadlineNs);
        }

        if (Kernel.Step(deadlineNs))
        {
            return true;
        }

        if (deadlineNs < long.MaxValue)
        {
            Kernel.Clock.MoveTo(Math.Max(deadlineNs, Kernel.Clock.NowNs));
        }

        return due > 0 || deadlineNs < long.MaxValue;
    }

    private void Step(int which)
    {
        foreach (ISteppable steppable in _steppables)
        {
            if (steppable.IsDue && which-- == 0)
            {
                OwnSteps++;
                Step(steppable);
                return;
            }
        }
    }

    private static void Step(ISteppable steppable)
    {
        try
        {
            steppable.Step();
        }
        catch (Exception exception) when (exception is not SimulationFailure)
        {
            throw new SimulationFailure($"{steppable} ended by an error: {exception.Message}", exception);
        }
    }
}
