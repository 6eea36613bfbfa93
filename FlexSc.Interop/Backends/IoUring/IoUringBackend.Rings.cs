using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <content>
/// Which ring calls go to: one that the loop enters, or one that a core of its own polls. What a ring is, is said when it is made, so a
/// change makes another one. Calls that go on by themselves (multishot, and those that wait for a provided buffer) are cancelled on the
/// former ring and issued again on the next, which loses nothing: a receive that answers -ECANCELED has taken no byte. One whose descriptor
/// was closed meanwhile ends: its number may be another's. All others end where they are, and the former ring is closed after the last.
/// Where those that are to move do not come back in time, none moves: the change is refused.
/// </content>
internal sealed unsafe partial class IoUringBackend
{
    /// <summary>Former rings that may have calls left, as a read of a silent pipe; a change beyond is refused.</summary>
    private const int MostRetired = 4;

    private readonly List<RetiredRing> _retired = [];

    /// <summary>Taken out of a former ring while its calls moved, in their order.</summary>
    private readonly Queue<CompletionQueueEntry> _held = new();

    /// <summary>By entry, the former ring that has its call; null for those of the ring in use. Made with the first change.</summary>
    private RetiredRing?[]? _retiredOf;

    /// <summary>By entry, the token of the use that was asked to be cancelled last: such a call does not move, it ends.</summary>
    private readonly ulong[] _cancelAsked;
    private readonly DescriptorCloses _closes;
    private readonly EnterCount _enters = new();
    private IReadOnlyList<int> _workerCpus = [];
    private bool _endsAll;
    private volatile int _servedBy = -1;
    private volatile int _polledRing = -1;

    public bool MayBeServed => true;

    public int? ServedBy => _servedBy is >= 0 and int cpu ? cpu : null;

    public int PolledRing => _polledRing;

    public void ServeBy(int? cpu, int sharedRing)
    {
        if (cpu == ServedBy || _endsAll)
        {
            return;
        }

        if (_retired.Count == MostRetired)
        {
            throw new LinuxException(
                Errno.Busy, "io_uring_setup", "a ring in place of the one in use", $"{MostRetired} rings from before have calls in flight still: try again when they have ended");
        }

        (SubmissionCompletionRing ring, ProvidedBufferRing buffers) = OpenWithSharedThread(cpu, sharedRing);
        try
        {
            // From now on what completes on the former ring ends a wait on the next, as a wake does.
            _ring.RegisterEventDescriptor(_wake.FileDescriptor);
            if (!TryMoveTo(ring, buffers))
            {
                _ring.UnregisterEventDescriptor();
                throw new LinuxException(
                    Errno.Busy, "io_uring_enter", $"the cancellation of calls in flight on ring {_ring.FileDescriptor}",
                    $"they did not come back within {_options.RingChangeLimitMs} ms ({nameof(SyscallLoopOptions.RingChangeLimitMs)}), and go on where "
                    + "they are: try again");
            }
        }
        finally
        {
            if (_ring != ring)
            {
                ring.Dispose();
                buffers.Dispose();
            }
        }

        _servedBy = cpu ?? -1;
        _polledRing = cpu is null ? -1 : ring.FileDescriptor;
    }

    public void SetWorkerCpus(IReadOnlyList<int> cpus)
    {
        _ring.SetWorkerCpus(cpus);
        _workerCpus = cpus;
    }

    public SyscallCoreUse? ReadCoreUse() => _polledRing is >= 0 and int descriptor ? PollingThread.Read(descriptor) : null;

    private (SubmissionCompletionRing Ring, ProvidedBufferRing Buffers) OpenWithSharedThread(int? cpu, int sharedRing)
    {
        if (cpu is not null && sharedRing >= 0)
        {
            try
            {
                return Open(cpu, sharedRing);
            }
            catch (LinuxException)
            {
                // Its loop may have closed it meanwhile: a thread of this ring's own serves as well, though two on a core take turns.
            }
        }

        return Open(cpu, sharedRing: -1);
    }

    private (SubmissionCompletionRing Ring, ProvidedBufferRing Buffers) Open(int? cpu, int sharedRing)
    {
        SubmissionCompletionRing ring = new(
            (uint)_options.SubmissionSlots, (uint)_options.CompletionSlots, cpu, _options.SubmissionPollIdleMs, sharedRing, _enters);
        try
        {
            if (_options.KernelWorkers > 0)
            {
                ring.SetMostWorkers(_options.KernelWorkers);
            }

            if (_workerCpus.Count > 0)
            {
                ring.SetWorkerCpus(_workerCpus);
            }

            return (ring, new ProvidedBufferRing(ring, _buffers));
        }
        catch
        {
            ring.Dispose();
            throw;
        }
    }

    /// <summary>A cancellation goes to the ring that has its target.</summary>
    /// <returns>False when that is the ring in use.</returns>
    private bool TryCancelOnRetired(uint index, ulong target)
    {
        uint targetIndex = EntryTokens.IndexOf(target);
        if (!_entries.IsLatest(target))
        {
            return false;
        }

        _cancelAsked[targetIndex] = target;
        if (_retiredOf?[targetIndex] is not { } retired)
        {
            return false;
        }

        if (!retired.Ring.TryStage(out SubmissionQueueEntry* entry))
        {
            retired.Ring.Enter(wait: false, timeoutNanoseconds: 0);
            if (!retired.Ring.TryStage(out entry))
            {
                Complete(index, -Errno.Already);
                return true;
            }
        }

        FillCancel(entry, target);
        entry->UserData = _entries.TokenOf(index);
        _retiredOf[index] = retired;
        retired.Calls++;
        return true;
    }

    private bool TryTakeFromRetired(out Completion completion)
    {
        while (_held.TryDequeue(out CompletionQueueEntry held))
        {
            if (TryFinish(held, out completion))
            {
                return true;
            }
        }

        for (int i = _retired.Count - 1; i >= 0; i--)
        {
            RetiredRing retired = _retired[i];
            while (retired.Ring.TryTake(out CompletionQueueEntry taken))
            {
                EndsOn(retired, taken);
                if (TryFinish(taken, out completion))
                {
                    return true;
                }
            }

            if (retired.Calls == 0)
            {
                _retired.RemoveAt(i);
                retired.Ring.Dispose();
            }
        }

        completion = default;
        return false;
    }

    /// <summary>Whether it is the end of a call that a former ring has; counts it.</summary>
    private bool EndsOn(RetiredRing ring, CompletionQueueEntry taken)
    {
        uint index = EntryTokens.IndexOf(taken.UserData);
        if (taken.UserData == 0 || !_entries.IsLatest(taken.UserData) || _retiredOf![index] != ring)
        {
            return false;
        }

        _retiredOf[index] = null;
        ring.Calls--;
        return true;
    }

    /// <summary>Hands over what is staged on former rings, and runs the work that makes their completions.</summary>
    private void EnterRetired()
    {
        foreach (RetiredRing retired in _retired)
        {
            retired.Ring.Enter(wait: false, timeoutNanoseconds: 0);
        }
    }

    private bool HasRetiredCompletions
    {
        get
        {
            if (_held.Count > 0)
            {
                return true;
            }

            foreach (RetiredRing retired in _retired)
            {
                if (retired.Ring.HasPendingWork)
                {
                    return true;
                }
            }

            return false;
        }
    }

    private void NotePicked(in CompletionQueueEntry taken)
    {
        if ((taken.Flags & IoUringUapi.CqeBuffer) != 0)
        {
            _bufferRing.OnPicked((ushort)(taken.Flags >> IoUringUapi.CqeBufferShift));
        }
    }

    /// <summary>A ring that gets no new calls.</summary>
    private sealed class RetiredRing(SubmissionCompletionRing ring)
    {
        public SubmissionCompletionRing Ring => ring;

        /// <summary>Those it has.</summary>
        public int Calls { get; set; }
    }
}
