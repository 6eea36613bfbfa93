using Akka.Event;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The cores that no loop is bound to, for evicted actors that compute. On a loop's core such a run takes turns with the loop, which waits for
/// milliseconds each time, though another core is free. So its thread is kept off the loops' cores, as long as there is one beside
/// them for each run that is under way. From any thread.
/// </summary>
internal sealed class CoresBesideLoops
{
    private readonly LoopGroup _group;

    /// <summary>Where a simulation has no threads, nothing is to be done with their cores.</summary>
    private readonly bool _isStepped = LoopEnvironment.Ambient.IsStepped;
    private volatile int[] _taken;
    private volatile bool _isRefused;
    private int _runs;

    /// <summary>At first the cores are taken that the loops are started on.</summary>
    public CoresBesideLoops(LoopGroup group)
    {
        _group = group;
        _taken = [.. group.Settings.Cpus.OfType<int>()];
    }

    /// <summary>Says which cores are taken from now on: by loops that are in use, and by system calls.</summary>
    public void Change(IEnumerable<int> taken) => _taken = [.. taken];

    /// <summary>Keeps the calling thread off the cores that are taken.</summary>
    /// <returns>What <see cref="Leave"/> is to be told; null when the thread stays where it may run.</returns>
    public KeptOff? TryEnter()
    {
        int[] taken = _taken;
        if (taken.Length == 0 || _isRefused || _isStepped)
        {
            return null;
        }

        int runs = Interlocked.Increment(ref _runs);
        try
        {
            IReadOnlyList<int> before = ThreadAffinity.AllowedCpus();
            IReadOnlyList<int> beside = [.. before.Except(taken)];

            // Runs beyond would wait for each other while loops leave time on their cores.
            if (runs <= beside.Count && beside.Count < before.Count)
            {
                ThreadAffinity.PinCurrentThread(beside);
                return new KeptOff(before, beside);
            }
        }
        catch (LinuxException exception)
        {
            OnRefused(exception);
        }

        Interlocked.Decrement(ref _runs);
        return null;
    }

    /// <summary>Gives the calling thread its cores back.</summary>
    public void Leave(KeptOff kept)
    {
        Interlocked.Decrement(ref _runs);
        try
        {
            // Another mask than it was given is that of whoever changed those of all threads meanwhile (taskset -a, a cpuset).
            bool isUnchanged = ThreadAffinity.AllowedCpus().SequenceEqual(kept.Beside);
            ThreadAffinity.PinCurrentThread(isUnchanged ? kept.Before : ThreadAffinity.AllowedCpusOfProcess());
        }
        catch (LinuxException exception)
        {
            OnRefused(exception);
        }
    }

    /// <summary>As by a filter of system calls. What is refused once is refused again, and is told once.</summary>
    private void OnRefused(LinuxException exception)
    {
        if (!_isRefused)
        {
            _isRefused = true;
            _group.Log.Warning("evicted actors that compute may take the cores of loops: {0}", exception.Message);
        }
    }

    /// <summary>Cores of a thread that is kept off others.</summary>
    /// <param name="Before">Those it had.</param>
    /// <param name="Beside">Those it has.</param>
    public sealed record KeptOff(IReadOnlyList<int> Before, IReadOnlyList<int> Beside);
}
