using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// Attempts that a simulated process makes. Readiness is told by edges, late; by the seed some attempts are made at once, as a loop
/// does that executes its calls itself, and some later, as a syscall thread does.
/// </summary>
/// <param name="process">Whose calls they are.</param>
/// <param name="entryCount">Entries of the page set.</param>
/// <param name="holdsThread">
/// A wait holds its thread while nothing can happen, for loops that have one; else it returns, and the next look ends it.
/// </param>
internal sealed class SimulatedAttempts(SimulatedProcess process, int entryCount, bool holdsThread) : IAttempts, IEdgeSet, IEdgeListener
{
    private readonly SimulatedKernel _kernel = process.Kernel;
    private readonly BlockedCall?[] _begun = new BlockedCall?[entryCount];
    private readonly Queue<(int Index, long Result)> _results = new();
    private readonly Queue<(ulong Data, uint Events)> _edges = new();
    private long _deadlineNs = long.MaxValue;
    private volatile bool _isWoken;

    public string Name => "simulated";

    public long Traps { get; private set; }

    public bool HandsOver => false;

    /// <summary>The last look ended in a wait.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>When its wait is over by itself.</summary>
    public long DeadlineNs => _deadlineNs;

    /// <summary>Another look would find something, or the wait is over.</summary>
    public bool IsDue => !IsWaiting || _isWoken || HasOutcomes || _kernel.Clock.NowNs >= _deadlineNs;

    public bool HasResults
    {
        get
        {
            lock (_kernel.Gate)
            {
                return _results.Count > 0;
            }
        }
    }

    private bool HasOutcomes => _results.Count > 0 || _edges.Count > 0;

    public long Execute(in SyscallEntry call)
    {
        lock (_kernel.Gate)
        {
            Traps++;
            return Make(call);
        }
    }

    public long Attempt(int index, in SyscallEntry attempt)
    {
        lock (_kernel.Gate)
        {
            if (!_kernel.Random.Chance(_kernel.Profile.HandedOverPerMillion))
            {
                Traps++;
                return Make(attempt);
            }

            // Whoever made it answers that it would wait, so that it is not tried again by the kernel.
            SyscallEntry copy = attempt;
            long result = 0;
            return Begin(index, () => (result = Make(copy)) == -Errno.Again ? 0 : result, _ => result);
        }
    }

    public long Block(int index, in SyscallEntry call)
    {
        lock (_kernel.Gate)
        {
            SyscallEntry copy = call;
            return Begin(index, () => Make(copy), static result => result);
        }
    }

    public long Cancel(int index, int cancellation)
    {
        lock (_kernel.Gate)
        {
            return _begun[index] is { IsOver: false } call && call.TryCancel() ? 0 : -Errno.Already;
        }
    }

    public long Watch(Descriptor descriptor, ushort number)
    {
        lock (_kernel.Gate)
        {
            return EdgeRegistration.Watch(this, descriptor);
        }
    }

    public long Add(int fileDescriptor, ulong data) => Watch(fileDescriptor, data, again: false);

    public long Modify(int fileDescriptor, ulong data) => Watch(fileDescriptor, data, again: true);

    public void Remove(int fileDescriptor) => process.Find(fileDescriptor)?.Remove(fileDescriptor, this);

    public void Unwatch(Descriptor descriptor) => Remove(descriptor.FileDescriptor);

    public void OnEdge(ulong data, uint events) => _edges.Enqueue((data, events));

    public void Collect(IAttemptOutcomes outcomes)
    {
        while (TryTakeResult(out int index, out long result))
        {
            outcomes.Finish(index, result);
        }
    }

    public void Look(in AttemptLook look, IAttemptOutcomes outcomes)
    {
        lock (_kernel.Gate)
        {
            if (holdsThread)
            {
                Hold(look);
            }
            else
            {
                // A wake lasts until a wait, which it ends.
                bool wasWaiting = IsWaiting;
                IsWaiting = look.MayWait && !_isWoken && !HasOutcomes && look.TimeoutNanoseconds != 0;
                _deadlineNs = IsWaiting && look.TimeoutNanoseconds > 0 ? _kernel.Clock.NowNs + look.TimeoutNanoseconds : long.MaxValue;
                _isWoken = _isWoken && !look.MayWait && !wasWaiting;
            }
        }

        Collect(outcomes);
        while (TryTakeEdge(out ulong data, out uint events))
        {
            EdgeRegistration.Tell(outcomes, data, events);
        }
    }

    public void Wake()
    {
        // Before the lock, which a loop may hold as long as the world goes on.
        _isWoken = true;
        lock (_kernel.Gate)
        {
            Monitor.PulseAll(_kernel.Gate);
        }
    }

    public void Dispose()
    {
        lock (_kernel.Gate)
        {
            foreach (BlockedCall? call in _begun)
            {
                call?.TryCancel();
            }
        }
    }

    /// <summary>Has the world go on until something is there or the time is over; when nothing is to happen, waits for other threads.</summary>
    private void Hold(in AttemptLook look)
    {
        long deadlineNs = look.TimeoutNanoseconds >= 0 ? _kernel.Clock.NowNs + look.TimeoutNanoseconds : long.MaxValue;
        if (!look.MayWait)
        {
            _kernel.Step();
            Monitor.PulseAll(_kernel.Gate);
            return;
        }

        while (!_isWoken && !HasOutcomes)
        {
            if (_kernel.Step(deadlineNs))
            {
                // Others have their turn: what happens here may never end by itself.
                Monitor.PulseAll(_kernel.Gate);
                Monitor.Exit(_kernel.Gate);
                Thread.Yield();
                Monitor.Enter(_kernel.Gate);
            }
            else if (deadlineNs < long.MaxValue)
            {
                _kernel.Clock.MoveTo(Math.Max(_kernel.Clock.NowNs, deadlineNs));
                break;
            }
            else
            {
                Monitor.Wait(_kernel.Gate);
            }
        }

        _isWoken = false;
    }

    private long Watch(int fileDescriptor, ulong data, bool again)
    {
        Traps++;
        return process.Watch(fileDescriptor, data, this, again);
    }

    private long Begin(int index, Func<long> attempt, Func<long, long> resultOf)
    {
        Traps++;

        // A result comes a while after the attempt: edges may come in between.
        _begun[index] = _kernel.Execute(attempt, result => _kernel.After(_kernel.Random.Between(0, _kernel.Profile.MostEdgeDelayNs), () =>
        {
            _results.Enqueue((index, resultOf(result)));
            Monitor.PulseAll(_kernel.Gate);
        }));
        return IAttempts.Pending;
    }

    private long Make(in SyscallEntry call)
    {
        long result;
        do
        {
            result = process.Attempt(call);
        }
        while (result == -Errno.Interrupted && SyscallTable.Of(call.Number).Repeats);
        if (holdsThread)
        {
            Monitor.PulseAll(_kernel.Gate);
        }

        return result;
    }

    private bool TryTakeResult(out int index, out long result)
    {
        lock (_kernel.Gate)
        {
            bool taken = _results.TryDequeue(out (int Index, long Result) next);
            (index, result) = next;
            return taken;
        }
    }

    private bool TryTakeEdge(out ulong data, out uint events)
    {
        lock (_kernel.Gate)
        {
            bool taken = _edges.TryDequeue(out (ulong Data, uint Events) next);
            (data, events) = next;
            return taken;
        }
    }
}
