using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.Placement;

/// <summary>What became of carrying out which cores execute calls.</summary>
/// <param name="Failure">What was refused first, and the remedy; null for nothing.</param>
/// <param name="IsLasting">It would be refused again.</param>
internal sealed record SyscallCoreOutcome(string? Failure, bool IsLasting);

/// <summary>
/// Has loops served by the cores of a plan, one loop after the other, each on its own thread, and the kernel's workers run there, too.
/// Asked by one thread at a time.
/// </summary>
/// <param name="group">Of the loops.</param>
/// <param name="longestWaitMs">
/// Milliseconds that a loop may take until it does what it is asked: one that a handler holds up must not hold up the others. What it has not
/// begun by then it does not do.
/// </param>
internal sealed class SyscallCoreMoves(LoopGroup group, int longestWaitMs = SyscallCoreMoves.LongestWaitMs)
{
    private const int LongestWaitMs = 5_000;
    private readonly AskBounds _bounds = new(TimeSpan.FromMilliseconds(longestWaitMs), "as long as placement waits");

    private readonly (int? Cpu, IReadOnlyList<int> WorkerCpus)[] _asked =
        [.. group.Loops.Select(static loop => (loop.Loop.ServedBy, (IReadOnlyList<int>)[]))];

    private Task _last = Task.CompletedTask;

    /// <summary>Why it cannot be; null when it can.</summary>
    public string? Obstacle { get; } = ObstacleOf(group);

    /// <summary>Asks the loops for what has changed in a plan, or in the cores that the process may use.</summary>
    /// <param name="plan">The plan in force.</param>
    /// <param name="allowed">The cores that the process may use.</param>
    /// <param name="isServing">Whether cores are given to system calls at all; false has those taken back that were given.</param>
    /// <returns>Ends when they have done it; null when nothing has changed.</returns>
    public Task<SyscallCoreOutcome>? Ask(PlacementPlan plan, IReadOnlyList<int> allowed, bool isServing)
    {
        List<(ActorLoop Loop, int? Cpu, IReadOnlyList<int> WorkerCpus)> changed = [];
        for (int i = 0; i < _asked.Length; i++)
        {
            int? cpu = Obstacle is not null ? _asked[i].Cpu : isServing ? plan.Loops[i].ServedBy : null;
            IReadOnlyList<int> workerCpus = cpu is int core ? [core] : allowed;

            // What waits at a loop that is given up cannot be taken back, and would become more with each attempt: it is asked when it is back.
            if (!group.Loops[i].IsGivenUp && (cpu != _asked[i].Cpu || !workerCpus.SequenceEqual(_asked[i].WorkerCpus)))
            {
                _asked[i] = (cpu, workerCpus);
                changed.Add((group.Loops[i], cpu, workerCpus));
            }
        }

        if (changed.Count == 0)
        {
            return null;
        }

        Task<SyscallCoreOutcome> outcome = MoveAsync(_last, changed);
        _last = outcome;
        return outcome;
    }

    /// <summary>Asks everything anew at the next time.</summary>
    public void Forget()
    {
        for (int i = 0; i < _asked.Length; i++)
        {
            _asked[i] = (group.Loops[i].Loop.ServedBy, []);
        }
    }

    private static string? ObstacleOf(LoopGroup group)
    {
        if (group.Settings.LoopOptions.SubmissionPollCpu is int cpu)
        {
            return $"flexsc.loops.submission-poll-cpu = {cpu} names a core for good: with off placement gives loops a core and takes it back";
        }

        ActorLoop? unable = group.Loops.FirstOrDefault(static loop => !loop.Loop.MayBeServed);
        return unable is null
            ? null
            : $"the backend {unable.Loop.BackendName} has its cores from the start (flexsc.loops.syscall-thread-cpus); io-uring and syscall-threads change them";
    }

    private async Task<SyscallCoreOutcome> MoveAsync(
        Task before, IReadOnlyList<(ActorLoop Loop, int? Cpu, IReadOnlyList<int> WorkerCpus)> changed)
    {
        await before.ConfigureAwait(false);

        // A core whose polling thread is there serves further loops by the same one: two threads would take turns on it.
        Dictionary<int, ActorLoop> serving = [];
        foreach (ActorLoop loop in group.Loops.Except(changed.Select(static change => change.Loop)))
        {
            Note(loop);
        }

        SyscallCoreOutcome outcome = new(null, false);
        foreach ((ActorLoop loop, int? cpu, IReadOnlyList<int> workerCpus) in changed)
        {
            try
            {
                ActorLoop? sharedWith = cpu is int core ? serving.GetValueOrDefault(core) : null;
                await loop.AskAsync(() =>
                {
                    loop.Loop.ServeBy(cpu, sharedWith?.Loop);
                    loop.Loop.SetKernelWorkerCpus(workerCpus);
                    return Task.FromResult(true);
                }, _bounds).ConfigureAwait(false);
                Note(loop);
            }
            catch (Exception exception) when (exception is LoopLateException or LoopGivenUpException or LinuxException)
            {
                bool isLasting = exception is LinuxException { ErrorNumber: not Errno.Busy };
                outcome = outcome.Failure is null
                    ? new SyscallCoreOutcome($"loop {loop.Index} keeps its calls where they are: {exception.Message}", isLasting)
                    : outcome;
            }
            catch (InvalidOperationException)
            {
                // It has ended, with its system or by an error that was told; its actors run on others.
            }
        }

        return outcome;

        void Note(ActorLoop loop)
        {
            if (loop.Loop.ServedBy is int core)
            {
                serving.TryAdd(core, loop);
            }
        }
    }
}
