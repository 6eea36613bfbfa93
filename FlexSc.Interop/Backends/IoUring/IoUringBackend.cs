using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <summary>Executes entries by translating a batch to submission queue entries and entering the ring once.</summary>
internal sealed unsafe partial class IoUringBackend : ISyscallBackend
{
    /// <summary>Marks the read of the wake-up eventfd. No entry has this token: its index is beyond any page set.</summary>
    private const ulong WakeToken = ulong.MaxValue;

    private readonly SyscallPageSet _pages;
    private readonly EntryTokens _entries;
    private readonly ProvidedBuffers _buffers;
    private readonly SyscallLoopOptions _options;
    private SubmissionCompletionRing _ring;
    private ProvidedBufferRing _bufferRing;
    private readonly WakeEvent _wake;
    private readonly ulong* _wakeCount;
    private readonly CompanionThreads _companions;
    private readonly bool[] _onCompanion;
    private readonly Lock _completionGate = new();
    private long _ownCalls;
    private readonly BatchWait _batchWait;
    private bool _wakeArmed;
    private bool _disposed;

    public IoUringBackend(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, SyscallLoopOptions options)
    {
        _pages = pages;
        _entries = entries;
        _buffers = buffers;
        _options = options;
        _batchWait = new BatchWait(options.BatchWaitMicroseconds, TimeProvider.System);
        _cancelAsked = new ulong[pages.EntryCount];
        _closes = new DescriptorCloses(pages.EntryCount);
        (_ring, _bufferRing) = Open(options.SubmissionPollCpu, sharedRing: -1);
        _servedBy = options.SubmissionPollCpu ?? -1;
        _polledRing = _servedBy < 0 ? -1 : _ring.FileDescriptor;
        try
        {
            _wake = new WakeEvent(nonBlocking: false);
        }
        catch
        {
            _ring.Dispose();
            _bufferRing.Dispose();
            throw;
        }

        _onCompanion = new bool[pages.EntryCount];
        _opens = new OpenCalls(pages.EntryCount, ExecuteOwn);
        try
        {
            _companions = new CompanionThreads(options, pages.EntryCount, CompleteFromCompanion, startAtOnce: 1);
        }
        catch
        {
            _ring.Dispose();
            _bufferRing.Dispose();
            _wake.Dispose();
            throw;
        }

        _bufferRing.Provide(Enumerable.Range(0, buffers.Count).Select(static id => (ushort)id));
        _wakeCount = (ulong*)NativeMemory.AlignedAlloc(sizeof(ulong), sizeof(ulong));
    }

    public string Name => "io-uring";

    public long Traps => _enters.Value + _ownCalls + _wake.Wakes;

    public void Flush(bool wait, bool mayBatch, long timeoutNanoseconds)
    {
        if (_retired.Count > 0)
        {
            EnterRetired();
        }

        if (!_wakeArmed)
        {
            _wakeArmed = TryArmWake();
        }

        while (_pages.HasSubmissions)
        {
            if (!_ring.TryStage(out SubmissionQueueEntry* target))
            {
                _ring.Enter(wait: false, timeoutNanoseconds: 0);
                if (!_ring.TryStage(out target))
                {
                    // The kernel takes no more until completions are collected; the rest goes with the next turn.
                    break;
                }
            }

            Issue(target);
        }

        // No wait while something is left to issue: it might be what the next completion depends on.
        if (!wait || !_wakeArmed || _pages.HasCompletions || _pages.HasSubmissions || HasRetiredCompletions)
        {
            _ring.Enter(wait: false, timeoutNanoseconds);
            return;
        }

        uint asked = _batchWait.Next(mayBatch);
        uint staged = _ring.StagedEntries;
        _ring.Enter(wait: true, timeoutNanoseconds, asked, _batchWait.Microseconds);
        uint available = _ring.AvailableCompletions;
        _batchWait.OnWaited(asked, available - Math.Min(available, staged));
    }

    public bool HasCompletions => _pages.HasCompletions || _ring.HasPendingWork || HasRetiredCompletions;

    public bool TryTakeCompletion(out Completion completion)
    {
        while (_pages.TryTakeCompletion(out uint index))
        {
            _onCompanion[index] = false;
            long result = _pages[index].Result;
            if (_opening.Count == 0 || !GoesOnOpening(index, ref result))
            {
                completion = new Completion(_entries.TokenOf(index), result, CompletionFlags.None);
                return true;
            }
        }

        if ((_held.Count > 0 || _retired.Count > 0) && TryTakeFromRetired(out completion))
        {
            return true;
        }

        while (_ring.TryTake(out CompletionQueueEntry taken))
        {
            NotePicked(taken);
            if (taken.UserData == WakeToken)
            {
                _wakeArmed = false;
                _batchWait.OnWoken();
            }
            else if (TryFinish(taken, out completion))
            {
                return true;
            }
        }

        Debug.Assert(_ring.DroppedCompletions == 0, "the kernel dropped a completion");
        completion = default;
        return false;
    }

    public void CancelAll()
    {
        for (uint index = 0; index < _onCompanion.Length; index++)
        {
            CancelOnCompanion(index);
        }

        // It finds the read of the wake-up, too, which is armed again with the next flush.
        _endsAll = true;
        StageCancelAll(_ring);
        _retired.ForEach(static retired => StageCancelAll(retired.Ring));
    }

    private static void StageCancelAll(SubmissionCompletionRing ring)
    {
        if (ring.TryStage(out SubmissionQueueEntry* target))
        {
            target->Opcode = IoUringOpcode.AsyncCancel;
            target->FileDescriptor = -1;
            target->OperationFlags = IoUringUapi.AsyncCancelAll | IoUringUapi.AsyncCancelAny;
        }
    }

    /// <summary>Nothing to do: the kernel knows descriptors by what they are, not by their number.</summary>
    public void Disown(int fileDescriptor)
    {
    }

    public long ExecuteNow(in SyscallEntry call) => CallExecution.Execute(call);

    public void Wake() => _wake.Wake();

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _companions.Dispose();
        try
        {
            if (_wakeArmed)
            {
                CollectWake();
            }
        }
        catch (LinuxException)
        {
            // The ring cannot be entered any more, which is what ended the loop. The kernel may still write the count.
        }

        _polledRing = -1;
        _retired.ForEach(static retired => retired.Ring.Dispose());
        _ring.Dispose();
        _bufferRing.Dispose();
        _wake.Dispose();
        _opens.Dispose();
        if (!_wakeArmed)
        {
            NativeMemory.AlignedFree(_wakeCount);
        }
    }

    /// <summary>The kernel writes into the count's memory when the read completes, so it is freed only after that.</summary>
    private void CollectWake()
    {
        Wake();
        while (_wakeArmed)
        {
            _ring.Enter(wait: true, timeoutNanoseconds: -1);
            while (_ring.TryTake(out CompletionQueueEntry taken))
            {
                _wakeArmed &= taken.UserData != WakeToken;
            }
        }
    }

    private void Issue(SubmissionQueueEntry* target)
    {
        bool took = _pages.TryTakeSubmission(out uint index);
        Debug.Assert(took, "a submission vanished");

        // The entry is copied before it is looked at: what is checked is what is issued.
        SyscallEntry entry = _pages[index];
        Debug.Assert(entry.Status == (uint)EntryStatus.Submit, "took an entry that was not submitted");
        _pages[index].Status = (uint)EntryStatus.Busy;
        if (entry.Number == FlexScAbi.NumberCancel && IsOnCompanion((ulong)entry.Argument0))
        {
            // The kernel does not know the call.
            FillWithNop(target);
            Complete(index, CancelOnCompanion(EntryTokens.IndexOf((ulong)entry.Argument0)) ? 0 : -Errno.Already);
            return;
        }

        if (entry.Number == FlexScAbi.NumberCancel && TryCancelOnRetired(index, (ulong)entry.Argument0))
        {
            FillWithNop(target);
            return;
        }

        _closes.Note(index, entry);
        NoteOpening(index, ref entry);
        target->UserData = _entries.TokenOf(index);
        long refusal = EntryTranslator.Translate(entry, ref *target);
        if (refusal == 0)
        {
            return;
        }

        FillWithNop(target);
        if (refusal == -Errno.NoSystemCall)
        {
            refusal = EntryRules.RefusalOf(entry);
        }

        if (refusal != 0)
        {
            Complete(index, refusal);
        }
        else if (EntryRules.IsPrompt(entry.Number))
        {
            Complete(index, ExecuteOwn(entry));
        }
        else
        {
            long answer = StartOnCompanion(index, entry, SyscallTable.WaitsForOthers(entry.Number, entry.Argument1));
            if (answer < 0)
            {
                Complete(index, answer);
            }
        }
    }

    /// <summary>The slot is staged already; a NOP without an owner fills it.</summary>
    private static void FillWithNop(SubmissionQueueEntry* target) =>
        *target = new SubmissionQueueEntry { Opcode = IoUringOpcode.Nop, UserData = 0 };

    /// <returns>False when the call goes on and has not completed.</returns>
    private bool TryFinish(in CompletionQueueEntry completion, out Completion finished)
    {
        if (_late.Count > 0 && GoesOnLate(completion))
        {
            finished = default;
            return false;
        }

        long result = ResultOf(completion);
        CompletionFlags flags = (completion.Flags & IoUringUapi.CqeMore) != 0 ? CompletionFlags.More : CompletionFlags.None;
        if (_opening.Count > 0 && _entries.IsLatest(completion.UserData) && GoesOnOpening(EntryTokens.IndexOf(completion.UserData), ref result))
        {
            finished = default;
            return false;
        }

        ushort bufferId = 0;
        if ((completion.Flags & IoUringUapi.CqeBuffer) != 0)
        {
            flags |= CompletionFlags.Buffer;
            bufferId = (ushort)(completion.Flags >> IoUringUapi.CqeBufferShift);
        }

        finished = new Completion(completion.UserData, result, flags, bufferId);
        return true;
    }

    private static long ResultOf(in CompletionQueueEntry completion)
    {
        // The kernel's codes for "restart the call", which a trap turns into EINTR and a cancelled worker of io_uring does not.
        const int firstRestart = -516;
        const int lastRestart = -512;
        return completion.Result is >= firstRestart and <= lastRestart ? -Errno.Interrupted : completion.Result;
    }

    private bool TryArmWake()
    {
        if (!_ring.TryStage(out SubmissionQueueEntry* target))
        {
            return false;
        }

        target->Opcode = IoUringOpcode.Read;
        target->FileDescriptor = _wake.FileDescriptor;
        target->Address = (ulong)_wakeCount;
        target->Length = sizeof(ulong);
        target->UserData = WakeToken;
        return true;
    }
}
