using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <content>Events of epoll, and the descriptors they give work to.</content>
internal sealed partial class SyscallThreadsBackend
{
    /// <summary>
    /// A loop with work of its own looks for events at most this long after the last look. Looking costs a trap: more often
    /// would tax every short turn, and a turn that is longer looks each time.
    /// </summary>
    private const long LookIntervalMicroseconds = 20;

    private static readonly long LookInterval = Stopwatch.Frequency * LookIntervalMicroseconds / 1_000_000;

    /// <summary>Collects events: waits when nothing else is to do, and else looks now and then.</summary>
    private void Look(bool wait, long timeoutNanoseconds)
    {
        bool mayWait = wait && _completions.IsEmpty && _listed.Count == 0;
        if (mayWait)
        {
            // Full fence, of the exchange: the flag must be visible before the last look at the results; see AddResult.
            Interlocked.Exchange(ref _waiting, 1);
            mayWait = _results.IsEmpty;
        }

        if (mayWait || IsLookDue(wait))
        {
            _epoll.Wait(mayWait ? timeoutNanoseconds : 0);
            _lookedAt = Stopwatch.GetTimestamp();
            _hasPassed = false;
            NoteEvents();
        }

        Volatile.Write(ref _waiting, 0);
    }

    /// <summary>Whether to look although there is other work, which costs a trap.</summary>
    private bool IsLookDue(bool wait)
    {
        if (wait && !_hasPassed)
        {
            // The loop has completions and nothing else: most likely it is to wait in the next turn anyway.
            _hasPassed = true;
            return false;
        }

        return Stopwatch.GetTimestamp() - _lookedAt >= LookInterval;
    }

    private void NoteEvents()
    {
        foreach (ref readonly EpollEvent happened in _epoll.Events)
        {
            if (happened.Data == WakeData)
            {
                continue;
            }

            // Another generation: an event of the number's last owner.
            EpollDescriptor? state = _descriptors.Find((int)(uint)happened.Data);
            if (state is not null && state.EventData == happened.Data && state.IsRegistered)
            {
                state.Note(happened.Events);
                if (state.HasWork)
                {
                    List(state);
                }
            }
        }
    }

    private void List(EpollDescriptor state)
    {
        if (!state.IsListed)
        {
            state.IsListed = true;
            _listed.Enqueue(state);
        }
    }

    private void ServeListed()
    {
        // Bounded by what is listed now: a descriptor that is listed again has its next turn in the next turn.
        for (int left = _listed.Count; left > 0; left--)
        {
            EpollDescriptor state = _listed.Dequeue();
            state.IsListed = false;
            Serve(state, CallDirection.Read);
            Serve(state, CallDirection.Write);
            ServeReadiness(state);
        }
    }
}
