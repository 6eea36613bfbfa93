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

    private readonly Place[] _asked = [.. group.Loops.Select(static loop => new Place(loop.Loop.ServedBy, null, []))];

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
        List<(ActorLoop Loop, Place Place)> changed = [];
        for (int i = 0; i < _asked.Length; i++)
        {
            bool mayChange = Obstacle is null;
            int? servedBy = !mayChange ? _asked[i].ServedBy : isServing ? plan.Loops[i].ServedBy : null;
            Place place = new(servedBy, mayChange ? plan.Loops[i].Cpu : null, servedBy is int core ? [core] : allowed);

            // What waits at a loop that is given up cannot be taken back, and would become more with each attempt: it is asked when it is back.
            if (!group.Loops[i].IsGivenUp && !place.IsAs(_asked[i]))
            {
                _asked[i] = place;
                changed.Add((group.Loops[i], place));
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
            _asked[i] = new Place(group.Loops[i].Loop.ServedBy, null, []);
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
            : $"flexsc.loops.syscall-thread-cpus names the cores of {unable.Loop.BackendName}'s threads for good: empty, placement gives loops a core and takes it back";
    }

    private async Task<SyscallCoreOutcome> MoveAsync(Task before, IReadOnlyList<(ActorLoop Loop, Place Place)> changed)
    {
        await before.ConfigureAwait(false);

        // A core whose polling thread is there serves further loops by the same one: two threads would take turns on it.
        Dictionary<int, ActorLoop> serving = [];
        foreach (ActorLoop loop in group.Loops.Except(changed.Select(static change => change.Loop)))
        {
            Note(loop);
        }

        SyscallCoreOutcome outcome = new(null, false);
        foreach ((ActorLoop loop, Place place) in changed)
        {
            try
            {
                ActorLoop? sharedWith = place.ServedBy is int core ? serving.GetValueOrDefault(core) : null;
                await loop.AskAsync(() =>
                {
                    if (Obstacle is null)
                    {
                        loop.Loop.ServeBy(place.ServedBy, sharedWith?.Loop);
                    }

                    loop.Loop.SetKernelWorkerCpus(place.WorkerCpus);
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

    /// <summary>Where the calls of a loop are executed.</summary>
    /// <param name="ServedBy">Core that executes them; null for the loop.</param>
    /// <param name="LoopCpu">The loop's own core: with kernel-module, threads that have none of their own are where it is.</param>
    /// <param name="WorkerCpus">Cores of the kernel's workers.</param>
    private readonly record struct Place(int? ServedBy, int? LoopCpu, IReadOnlyList<int> WorkerCpus)
    {
        public bool IsAs(Place other) =>
            ServedBy == other.ServedBy && LoopCpu == other.LoopCpu && WorkerCpus.SequenceEqual(other.WorkerCpus);
    }
}
