using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.IoUring;

/// <content>
/// How calls come from one ring to the next. They are waited for, because the buffers can be taken back only when no call is left that has
/// picked one; and not for ever, because the loop does nothing else meanwhile: a polling thread may have no core, and io_uring does not find
/// a call that changes hands (io_uring/poll.c, io-wq.c).
/// </content>
internal sealed unsafe partial class IoUringBackend
{
    /// <summary>Tokens of calls that a change has cancelled which was refused before they came back: they go on when they do.</summary>
    private readonly HashSet<ulong> _late = [];

    /// <returns>False when calls did not come back in time: all are on the former ring, and go on there.</returns>
    private bool TryMoveTo(SubmissionCompletionRing next, ProvidedBufferRing nextBuffers)
    {
        RetiredRing former = new(_ring);
        _retiredOf ??= new RetiredRing?[_pages.EntryCount];

        // What has completed by now has not been cancelled by this change, nor what one before has left to be delivered.
        HashSet<uint> ended = [];
        foreach (CompletionQueueEntry held in _held)
        {
            NoteEnd(held, ended);
        }

        _ring.Enter(wait: false, timeoutNanoseconds: 0);
        Hold(former, taken => NoteEnd(taken, ended));
        HashSet<uint> moving = [];
        List<CompletionQueueEntry> cutOff = [];
        for (uint index = 0; index < (uint)_pages.EntryCount; index++)
        {
            ref SyscallEntry entry = ref _pages[index];
            if (entry.Status != (uint)EntryStatus.Busy || _onCompanion[index] || _retiredOf[index] is not null || ended.Contains(index))
            {
                continue;
            }

            _retiredOf[index] = former;
            former.Calls++;
            if ((entry.Flags & (EntryFlags.Multishot | EntryFlags.ProvidedBuffer)) != 0)
            {
                moving.Add(index);
                StageCancel(former, _entries.TokenOf(index), Take);
            }
        }

        if (_wakeArmed)
        {
            StageCancel(former, WakeToken, Take);
        }

        if (!HaveComeBack(former, moving, Take))
        {
            StayOn(former, moving);
            cutOff.ForEach(GoOn);
            return false;
        }

        nextBuffers.Provide(_bufferRing.TakeBack(_ring));
        _bufferRing.Dispose();
        (_ring, _bufferRing) = (next, nextBuffers);
        if (former.Calls > 0)
        {
            _retired.Add(former);
        }
        else
        {
            former.Ring.Dispose();
        }

        cutOff.ForEach(GoOn);
        return true;

        bool Take(CompletionQueueEntry taken)
        {
            if (!IsTerminal(taken) || !EndsOn(former, taken))
            {
                return true;
            }

            bool goesOn = moving.Remove(EntryTokens.IndexOf(taken.UserData)) && IsCutOff(taken);
            if (goesOn)
            {
                _late.Remove(taken.UserData);
                cutOff.Add(taken);
            }

            return !goesOn;
        }
    }

    /// <summary>Waits for the calls that are to move, and for the read of the wake-up. All of them wait for readiness, which mostly ends at once.</summary>
    /// <returns>False when the time is over and some are missing.</returns>
    private bool HaveComeBack(RetiredRing former, HashSet<uint> moving, Predicate<CompletionQueueEntry> isToBeDelivered)
    {
        long startedAt = Stopwatch.GetTimestamp();
        TimeSpan limit = TimeSpan.FromMilliseconds(_options.RingChangeLimitMs);
        TimeSpan left = limit;

        // Not entered at all where nothing is to come: it would wait for as long as it may.
        while (moving.Count > 0 || _wakeArmed)
        {
            former.Ring.Enter(wait: left > TimeSpan.Zero, (long)Math.Max(left.TotalNanoseconds, 0));
            Hold(former, isToBeDelivered);
            if (left <= TimeSpan.Zero)
            {
                break;
            }

            left = limit - Stopwatch.GetElapsedTime(startedAt);
        }

        return moving.Count == 0 && !_wakeArmed;
    }

    /// <summary>The change is refused: what is in flight belongs to the ring in use, as before.</summary>
    private void StayOn(RetiredRing former, HashSet<uint> moving)
    {
        for (uint index = 0; index < (uint)_pages.EntryCount; index++)
        {
            if (_retiredOf![index] == former)
            {
                _retiredOf[index] = null;
            }
        }

        _late.UnionWith(moving.Select(_entries.TokenOf));
    }

    /// <summary>Whether a call that has ended was cancelled by a change that was refused since, and goes on.</summary>
    private bool GoesOnLate(in CompletionQueueEntry taken)
    {
        if (!IsTerminal(taken) || !_late.Remove(taken.UserData) || !IsCutOff(taken))
        {
            return false;
        }

        GoOn(taken);
        return true;
    }

    /// <summary>Whether a call ended because a change has cancelled it, and nobody else wanted it to end.</summary>
    private bool IsCutOff(in CompletionQueueEntry taken)
    {
        uint index = EntryTokens.IndexOf(taken.UserData);

        // A worker of the kernel that is interrupted in a receive has taken no byte either, else it would answer how many.
        return ResultOf(taken) is -Errno.Canceled or -Errno.Interrupted && !_endsAll && _entries.IsLatest(taken.UserData)
            && _cancelAsked[index] != taken.UserData && !_closes.HasClosed(index, (int)_pages[index].Argument0);
    }

    /// <summary>Issues a call again that was cut off, on the ring in use.</summary>
    private void GoOn(CompletionQueueEntry cutOff)
    {
        if ((cutOff.Flags & IoUringUapi.CqeBuffer) != 0)
        {
            _buffers.PutBack((ushort)(cutOff.Flags >> IoUringUapi.CqeBufferShift));
        }

        SubmissionQueueEntry* target;
        while (!_ring.TryStage(out target))
        {
            _ring.Enter(wait: false, timeoutNanoseconds: 0);
        }

        uint index = EntryTokens.IndexOf(cutOff.UserData);
        target->UserData = cutOff.UserData;
        long refusal = EntryTranslator.Translate(_pages[index], ref *target);
        Debug.Assert(refusal == 0, "a call that was issued before is refused");
    }

    private static bool IsTerminal(in CompletionQueueEntry taken) => (taken.Flags & IoUringUapi.CqeMore) == 0;

    private static bool NoteEnd(in CompletionQueueEntry taken, HashSet<uint> ended)
    {
        if (IsTerminal(taken))
        {
            ended.Add(EntryTokens.IndexOf(taken.UserData));
        }

        return true;
    }

    /// <summary>Takes what a ring has completed, to be delivered later.</summary>
    private void Hold(RetiredRing ring, Predicate<CompletionQueueEntry> isToBeDelivered)
    {
        while (ring.Ring.TryTake(out CompletionQueueEntry taken))
        {
            if (taken.UserData == WakeToken)
            {
                _wakeArmed = false;
                continue;
            }

            NotePicked(taken);
            if (taken.UserData != 0 && isToBeDelivered(taken))
            {
                _held.Enqueue(taken);
            }
        }
    }

    /// <summary>Cancels a call that a ring has; nobody is told how that ended.</summary>
    private void StageCancel(RetiredRing ring, ulong token, Predicate<CompletionQueueEntry> isToBeDelivered)
    {
        SubmissionQueueEntry* target;
        while (!ring.Ring.TryStage(out target))
        {
            ring.Ring.Enter(wait: false, timeoutNanoseconds: 0);
            Hold(ring, isToBeDelivered);
        }

        FillCancel(target, token);
    }

    private static void FillCancel(SubmissionQueueEntry* target, ulong token)
    {
        target->Opcode = IoUringOpcode.AsyncCancel;
        target->FileDescriptor = -1;
        target->Address = token;
    }
}
