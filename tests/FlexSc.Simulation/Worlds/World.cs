using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Simulation.Worlds;

/// <summary>
/// Processes with loops in one thread, over a simulated kernel. Who is next is decided by the seed: a loop that has something to do,
/// or an event of the kernel; when no loop has, the clock moves on.
/// </summary>
internal sealed class World : IDisposable
{
    /// <summary>One step in so many is the kernel's although a loop could go on: time passes while loops work.</summary>
    private const int KernelShare = 4;

    private readonly List<Party> _parties = [];
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

    /// <summary>Steps of loops so far, beside those of the kernel.</summary>
    public long LoopSteps { get; private set; }

    public long Steps => LoopSteps + Kernel.Steps;

    /// <summary>Starts a process with a loop.</summary>
    public Party Start(string name, SyscallLoopOptions options, ILoopHost? host = null)
    {
        Party party = new(Kernel.StartProcess(name));
        SimulatedAttempts? attempts = null;
        LoopEnvironment before = LoopEnvironment.Ambient;
        LoopEnvironment.Ambient = new LoopEnvironment(
            Kernel.Clock,
            (pages, tokens, buffers, given) =>
            {
                attempts = new SimulatedAttempts(party.Process, pages.EntryCount, holdsThread: false);
                return new ReadinessBackend(pages, tokens, buffers, given.CompletionSlots, attempts);
            },
            static _ => { });
        try
        {
            party.Attach(SyscallLoop.Start(options, name, host), attempts!);
        }
        finally
        {
            LoopEnvironment.Ambient = before;
        }

        _parties.Add(party);
        return party;
    }

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
            faulted => _fault ??= faulted.Exception!.GetBaseException(),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return task;
    }

    /// <summary>Goes on until something is so.</summary>
    /// <param name="isDone">Whether it is.</param>
    /// <param name="what">What it is, for the error.</param>
    /// <param name="mostSteps">Steps after which it is taken for never.</param>
    /// <exception cref="SimulationFailure">It does not come to be so, or a loop has failed.</exception>
    public void RunUntil(Func<bool> isDone, string what, long mostSteps)
    {
        long lastStep = Steps + mostSteps;
        while (!isDone())
        {
            if (_fault is not null)
            {
                throw _fault as SimulationFailure ?? new SimulationFailure($"{_fault.GetType().Name}: {_fault.Message}", _fault);
            }

            if (Steps > lastStep)
            {
                throw new SimulationFailure($"after {mostSteps} steps not yet: {what}; {Describe()}");
            }

            if (!TryStep())
            {
                throw new SimulationFailure($"nothing is left to happen, and not yet: {what}; {Describe()}");
            }
        }
    }

    public void Dispose()
    {
        foreach (Party party in _parties)
        {
            party.Loop.Abandon();
        }
    }

    private string Describe() => string.Join("; ", _parties.Select(party => party.ToString()));

    private bool TryStep()
    {
        int due = 0;
        foreach (Party party in _parties)
        {
            due += party.IsDue ? 1 : 0;
        }

        if (due > 0 && (Random.Below(KernelShare) > 0 || Kernel.NextDueNs is null))
        {
            Step(Random.Below(due));
            return true;
        }

        long deadlineNs = long.MaxValue;
        foreach (Party party in _parties)
        {
            deadlineNs = Math.Min(deadlineNs, party.DeadlineNs);
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
        foreach (Party party in _parties)
        {
            if (party.IsDue && which-- == 0)
            {
                LoopSteps++;
                Step(party);
                return;
            }
        }
    }

    private static void Step(Party party)
    {
        try
        {
            party.Loop.Step();
        }
        catch (Exception exception) when (exception is not SimulationFailure)
        {
            throw new SimulationFailure($"the loop of {party.Process.Name} ended by an error: {exception.Message}", exception);
        }
    }
}
