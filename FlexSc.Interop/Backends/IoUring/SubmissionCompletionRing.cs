using System.Diagnostics;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>
/// One io_uring instance: its two rings and the call that enters them. Create and use it on one thread: SINGLE_ISSUER
/// answers EEXIST to any other.
/// </summary>
internal sealed unsafe partial class SubmissionCompletionRing : IDisposable
{
    private readonly int _fileDescriptor;
    private readonly byte* _rings;
    private readonly nuint _ringsBytes;
    private readonly SubmissionQueueEntry* _sqes;
    private readonly nuint _sqesBytes;
    private readonly uint* _sqHead;
    private readonly uint* _sqTail;
    private readonly uint* _sqFlags;
    private readonly uint _sqMask;
    private readonly uint _sqEntries;
    private readonly uint* _cqHead;
    private readonly uint* _cqTail;
    private readonly uint* _cqOverflow;
    private readonly uint _cqMask;
    private readonly bool _polled;
    private readonly bool _canWaitForBatch;
    private readonly CompletionQueueEntry* _cqes;
    private readonly EnterCount _enters;
    private uint _stagedTail;
    private bool _disposed;

    /// <summary>
    /// Sets the ring up with SINGLE_ISSUER, and with DEFER_TASKRUN or, where a polling core is named, with SQPOLL: the kernel
    /// takes the two together for an error.
    /// </summary>
    /// <param name="submissionEntries">Slots of the submission ring, a power of two up to 32,768.</param>
    /// <param name="completionEntries">Slots of the completion ring, a power of two, at least twice as many.</param>
    /// <param name="pollCpu">Core of the kernel thread that polls the submission ring; null has none.</param>
    /// <param name="pollIdleMs">Milliseconds without work after which that thread sleeps.</param>
    /// <param name="attachTo">Descriptor of a polled ring of this process whose thread polls this one, too, where it is; -1 for a thread of its own.</param>
    /// <param name="enters">Counts the calls that enter it; null for a count of its own.</param>
    /// <exception cref="LinuxException">The kernel refuses; the text names the likely cause.</exception>
    public SubmissionCompletionRing(
        uint submissionEntries, uint completionEntries, int? pollCpu = null, int pollIdleMs = 0, int attachTo = -1, EnterCount? enters = null)
    {
        _polled = pollCpu is not null;
        _enters = enters ?? new EnterCount();
        IoUringParameters parameters = new()
        {
            Flags = IoUringUapi.SetupSingleIssuer | IoUringUapi.SetupSubmitAll | IoUringUapi.SetupCqSize
                | (_polled
                    ? IoUringUapi.SetupSqPoll | IoUringUapi.SetupSqAff | (attachTo >= 0 ? IoUringUapi.SetupAttachWq : 0)
                    : IoUringUapi.SetupDeferTaskRun | IoUringUapi.SetupTaskRunFlag),
            CqEntries = completionEntries,
            SqThreadCpu = (uint)(pollCpu ?? 0),
            SqThreadIdleMs = (uint)pollIdleMs,
            WorkQueueDescriptor = (uint)Math.Max(0, attachTo),
        };
        int answer = IoUringCalls.Setup(submissionEntries, ref parameters);
        if (answer < 0)
        {
            throw new LinuxException(
                -answer, "io_uring_setup", _polled ? $"{submissionEntries} entries, polled by core {pollCpu}" : $"{submissionEntries} entries",
                _polled && answer == -Errno.Invalid ? "name a core that the process may use: taskset -cp $$ and the container's cpuset list them" : RemedyOf(-answer));
        }

        _fileDescriptor = answer;
        try
        {
            const uint needed = IoUringUapi.FeatureSingleMmap | IoUringUapi.FeatureNoDrop | IoUringUapi.FeatureExtArg;
            if ((parameters.Features & needed) != needed)
            {
                throw new LinuxException(Errno.NoSystemCall, "io_uring_setup", $"features 0x{parameters.Features:x}", "run Linux 6.1 or newer");
            }

            uint submissionBytes = parameters.SqOffsets.Array + (parameters.SqEntries * sizeof(uint));
            uint completionBytes = parameters.CqOffsets.Cqes + (parameters.CqEntries * (uint)sizeof(CompletionQueueEntry));
            _ringsBytes = Math.Max(submissionBytes, completionBytes);
            _rings = (byte*)NativeMemoryMap.MapShared(_ringsBytes, _fileDescriptor, IoUringUapi.OffsetSqRing, "io_uring rings");
            _sqesBytes = parameters.SqEntries * (nuint)sizeof(SubmissionQueueEntry);
            _sqes = (SubmissionQueueEntry*)NativeMemoryMap.MapShared(_sqesBytes, _fileDescriptor, IoUringUapi.OffsetSqes, "io_uring entries");
        }
        catch
        {
            Release();
            throw;
        }

        _canWaitForBatch = (parameters.Features & IoUringUapi.FeatureMinTimeout) != 0;
        _sqHead = (uint*)(_rings + parameters.SqOffsets.Head);
        _sqTail = (uint*)(_rings + parameters.SqOffsets.Tail);
        _sqFlags = (uint*)(_rings + parameters.SqOffsets.Flags);
        _sqMask = *(uint*)(_rings + parameters.SqOffsets.RingMask);
        _sqEntries = parameters.SqEntries;
        _cqHead = (uint*)(_rings + parameters.CqOffsets.Head);
        _cqTail = (uint*)(_rings + parameters.CqOffsets.Tail);
        _cqOverflow = (uint*)(_rings + parameters.CqOffsets.Overflow);
        _cqMask = *(uint*)(_rings + parameters.CqOffsets.RingMask);
        _cqes = (CompletionQueueEntry*)(_rings + parameters.CqOffsets.Cqes);
        _stagedTail = *_sqTail;

        // Slot i of the index array always names entry i, so it is written once.
        uint* array = (uint*)(_rings + parameters.SqOffsets.Array);
        for (uint i = 0; i < _sqEntries; i++)
        {
            array[i] = i;
        }
    }

    /// <summary>Completions that are there to be taken.</summary>
    public uint AvailableCompletions => Volatile.Read(ref *_cqTail) - *_cqHead;

    /// <summary>Entries staged and not yet taken by the kernel.</summary>
    public uint StagedEntries => _stagedTail - Volatile.Read(ref *_sqHead);

    /// <summary>Its number in this process.</summary>
    public int FileDescriptor => _fileDescriptor;

    /// <summary>Times the kernel was entered; of all rings that share the count.</summary>
    public long EnterCalls => _enters.Value;

    /// <summary>Completions the kernel had to drop; not 0 is a defect, for NODROP keeps them.</summary>
    public uint DroppedCompletions => Volatile.Read(ref *_cqOverflow);

    /// <summary>Takes a zeroed submission entry. False when the ring is full: enter, then try again.</summary>
    public bool TryStage(out SubmissionQueueEntry* entry)
    {
        if (_stagedTail - Volatile.Read(ref *_sqHead) == _sqEntries)
        {
            entry = null;
            return false;
        }

        entry = &_sqes[_stagedTail & _sqMask];
        *entry = default;
        _stagedTail++;
        return true;
    }

    /// <summary>
    /// Hands over what is staged, in one call, and collects completions; waits for at least one when asked.
    /// Makes no call when there is nothing to submit, nothing to collect, and no wait.
    /// </summary>
    /// <param name="wait">Wait for a completion.</param>
    /// <param name="timeoutNanoseconds">Longest wait; negative waits without end.</param>
    /// <param name="batch">
    /// Completions to wait for beyond those of the entries staged, for <paramref name="batchMicroseconds"/> at the most; after that
    /// one is enough. 1 waits for one from the start. Linux 6.12; before that, and with SQPOLL, it is as 1.
    /// </param>
    /// <param name="batchMicroseconds">How long to wait for more than one.</param>
    public void Enter(bool wait, long timeoutNanoseconds, uint batch = 1, uint batchMicroseconds = 0)
    {
        // Release: the kernel that sees the tail must see the entries.
        Volatile.Write(ref *_sqTail, _stagedTail);

        if (_polled)
        {
            EnterPolled(wait, timeoutNanoseconds);
            return;
        }

        // Counted from the kernel's head, not from what was staged: a call may take a part only.
        uint toSubmit = _stagedTail - Volatile.Read(ref *_sqHead);
        bool collect = (Volatile.Read(ref *_sqFlags) & (IoUringUapi.SqTaskRun | IoUringUapi.SqCqOverflow)) != 0;
        wait &= !HasCompletions;
        if (toSubmit == 0 && !collect && !wait)
        {
            return;
        }

        bool forBatch = wait && batch > 1 && _canWaitForBatch;
        Call(
            toSubmit, forBatch ? toSubmit + batch : wait ? 1u : 0u, forBatch ? batchMicroseconds : 0, timeoutNanoseconds, IoUringUapi.EnterGetEvents);
    }

    private void EnterPolled(bool wait, long timeoutNanoseconds)
    {
        // Full fence: the polling thread raises NEED_WAKEUP and then looks at the tail once more, we store the tail and then look
        // at NEED_WAKEUP. With release and acquire alone both may miss the other's store, on x86 too (io_uring_setup(2)).
        Interlocked.MemoryBarrier();
        uint state = Volatile.Read(ref *_sqFlags);
        uint staged = _stagedTail - Volatile.Read(ref *_sqHead);
        uint flags = 0;
        if (staged > 0 && (state & IoUringUapi.SqNeedWakeup) != 0)
        {
            flags |= IoUringUapi.EnterSqWakeup;
        }

        if (staged == _sqEntries)
        {
            flags |= IoUringUapi.EnterSqWait;
        }

        wait &= !HasCompletions;
        if (wait || (state & IoUringUapi.SqCqOverflow) != 0)
        {
            flags |= IoUringUapi.EnterGetEvents;
        }

        if (flags != 0)
        {
            Call(staged, wait ? 1u : 0u, minimumWaitMicroseconds: 0, timeoutNanoseconds, flags);
        }
    }

    private void Call(uint toSubmit, uint minimumComplete, uint minimumWaitMicroseconds, long timeoutNanoseconds, uint flags)
    {
        const long nanosecondsPerSecond = 1_000_000_000;
        const long longestBatchWaitNanoseconds = 3600 * nanosecondsPerSecond;
        if (minimumWaitMicroseconds > 0 && timeoutNanoseconds < 0)
        {
            // Without a timeout of its own the wait would end when the time for the batch does, with or without a completion.
            timeoutNanoseconds = longestBatchWaitNanoseconds;
        }

        KernelTimespec time = default;
        GetEventsArgument argument = new() { MinWaitMicroseconds = minimumWaitMicroseconds };
        if (minimumComplete > 0 && timeoutNanoseconds >= 0)
        {
            time.Seconds = timeoutNanoseconds / nanosecondsPerSecond;
            time.Nanoseconds = timeoutNanoseconds % nanosecondsPerSecond;
            argument.Timespec = (ulong)&time;
        }

        _enters.Value++;
        int answer = IoUringCalls.Enter(
            _fileDescriptor, toSubmit, minimumComplete, flags | IoUringUapi.EnterExtArg, &argument, (nuint)sizeof(GetEventsArgument));

        // EINTR and ETIME end a wait; EAGAIN and EBUSY ask to collect first, which the caller does next. What was not taken
        // stays between the kernel's head and our tail and goes with the next call.
        if (answer < 0 && answer is not (-Errno.Interrupted or -Errno.Again or -Errno.Busy or -Errno.TimerExpired))
        {
            throw new LinuxException(-answer, "io_uring_enter", $"ring {_fileDescriptor}", RemedyOf(-answer));
        }
    }

    /// <summary>True when a completion is there to be taken.</summary>
    public bool HasCompletions => Volatile.Read(ref *_cqTail) != *_cqHead;

    /// <summary>True when a completion is there, or work of the kernel that makes one and waits for this thread to enter.</summary>
    public bool HasPendingWork => HasCompletions || (Volatile.Read(ref *_sqFlags) & (IoUringUapi.SqTaskRun | IoUringUapi.SqCqOverflow)) != 0;

    /// <summary>Takes the oldest completion.</summary>
    /// <returns>False when none is there.</returns>
    public bool TryTake(out CompletionQueueEntry completion)
    {
        uint head = *_cqHead;
        if (head == Volatile.Read(ref *_cqTail))
        {
            completion = default;
            return false;
        }

        completion = _cqes[head & _cqMask];

        // Release: the kernel may overwrite the slot once it sees the head.
        Volatile.Write(ref *_cqHead, head + 1);
        return true;
    }

    /// <summary>Closes the ring. Calls in flight must have completed: the kernel goes on using their memory otherwise.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Release();
        }
    }

    private static string? RemedyOf(int errorNumber) => errorNumber switch
    {
        Errno.NoSystemCall => "the kernel lacks io_uring or a seccomp filter hides it: allow io_uring_setup or use another backend",
        Errno.NotPermitted => "a seccomp filter or sysctl kernel.io_uring_disabled forbids it: allow it or use another backend",
        Errno.NoMemory => "the rings count against RLIMIT_MEMLOCK: raise it with ulimit -l or use smaller rings",
        Errno.Invalid => "SINGLE_ISSUER with DEFER_TASKRUN needs Linux 6.1: use a newer kernel or another backend",
        _ => null,
    };

    private void Release()
    {
        if (_sqes != null)
        {
            NativeMemoryMap.Unmap(_sqes, _sqesBytes);
        }

        if (_rings != null)
        {
            NativeMemoryMap.Unmap(_rings, _ringsBytes);
        }

        int closed = LibC.close(_fileDescriptor);
        Debug.Assert(closed == 0, "close of the ring failed");
    }
}

/// <summary>Counts the calls that enter rings. Written by one thread, read by any.</summary>
internal sealed class EnterCount
{
    public long Value { get; set; }
}
