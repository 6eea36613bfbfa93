using System.Diagnostics;
using FlexSc.Interop.Backends;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <content>What the loop's thread does from start to end.</content>
public sealed partial class SyscallLoop
{
    /// <summary>While the loop stops, calls still in flight are cancelled again this often: their completions may submit others.</summary>
    private const long StopRetryNanoseconds = 20_000_000;

    private void Run()
    {
        t_current = this;
        try
        {
            Initialize();
            _host?.OnStarted(this);
        }
        catch (Exception exception)
        {
            EndUnstarted(exception);
            return;
        }

        _started.SetResult();
        try
        {
            while (!_stopping)
            {
                RunTurn();
            }

            do
            {
                RunTurn();
            }
            while (HasWork || HasCalls);

            // Whoever hands something over from here on is refused, and what was handed over before is still run.
            _inbox.Close();
            while (HasWork || HasCalls)
            {
                RunTurn();
            }
        }
        catch (Exception exception)
        {
            EndFailed(exception);
            return;
        }

        End();
    }

    private bool HasWork => _ready.Count > 0 || _posted.Count > 0 || _nextCompletion < _completionCount || !_inbox.IsEmpty;

    private bool HasCalls => _pages.UsedEntries > 0 || _closings.Count > 0;

    private void Initialize()
    {
        if (_options.Cpu is { } cpu)
        {
            // First, so that the memory touched from here on is near that core.
            ThreadAffinity.PinCurrentThread(cpu);
        }

        _pages = new SyscallPageSet(_options.Pages);
        _entries = new EntryTable(_pages.EntryCount);
        Buffers = new ProvidedBuffers(this, _options.BufferCount, _options.BufferBytes);

        // On this thread: SINGLE_ISSUER ties the ring to the thread that made it.
        _backend = _environment.CreateBackend(_pages, _entries.Tokens, Buffers, _options);
    }

    private void RunTurn()
    {
        if (TryBeginTurn(out bool idle, out long timeoutNanoseconds))
        {
            _backend.Flush(idle, mayBatch: _promptCalls == 0, timeoutNanoseconds);
            EndTurn(idle);
        }
    }

    /// <summary>All that comes before the flush.</summary>
    /// <param name="idle">The flush is to wait.</param>
    /// <param name="timeoutNanoseconds">How long it may; negative without end.</param>
    /// <returns>False when the turn is over without another flush.</returns>
    private bool TryBeginTurn(out bool idle, out long timeoutNanoseconds)
    {
        Turns++;
        TakeInbox();
        RunWaiters();
        RunPosted();
        RunScheduled();
        timeoutNanoseconds = RunTimers();
        if (_stopping)
        {
            _hadStoppingTurn = true;
            CallHost(static (host, loop) => host.OnStopping(loop));
        }

        CallHost(static (host, loop) => host.BeforeFlush(loop));
        if (_stopping)
        {
            CancelInFlight();
            timeoutNanoseconds = StopRetryNanoseconds;
        }

        idle = !HasWork;
        if (idle && !_stopping && _spin.IsWorthwhile)
        {
            // What the turn has submitted goes out first: others may wait for it. The loop does not say that it sleeps, so nobody wakes it.
            _backend.Flush(wait: false, mayBatch: false, timeoutNanoseconds: 0);
            if (Collect() > 0 || _spin.Run(_hasWork))
            {
                return false;
            }

            idle = !HasWork;
        }

        if (idle)
        {
            // Those who wait for a buffer are woken for one that is given back.
            idle = _inbox.TryFallAsleep(forAll: Buffers.HasWaiters) && !(_stopping && !HasCalls) && Buffers.ServableWaiters == 0;
        }

        if (idle)
        {
            _spin.OnPark();
        }

        return true;
    }

    private void EndTurn(bool waited)
    {
        bool wokenByOther = _inbox.WakeUp();
        if (waited)
        {
            _spin.OnUnparked(wokenByOther);
        }

        _ = Collect();
    }

    /// <summary>Collects completions and delivers them, as far as the time goes; the rest is delivered in the next turn.</summary>
    /// <returns>How many were delivered.</returns>
    private int Collect()
    {
        if (_nextCompletion == _completionCount)
        {
            _nextCompletion = 0;
            _completionCount = _backend.Reap(_completions);
        }

        int first = _nextCompletion;
        if (first < _completionCount)
        {
            _budget.Begin();
            do
            {
                Deliver(_completions[_nextCompletion++]);
            }
            while (_nextCompletion < _completionCount && _budget.MayGoOn());
        }

        return _nextCompletion - first;
    }

    private void RunWaiters()
    {
        int count = Buffers.ServableWaiters;
        if (count == 0)
        {
            return;
        }

        _budget.Begin();
        do
        {
            IBufferWaiter waiter = Buffers.TakeWaiter();
            _running = waiter;
            try
            {
                waiter.OnBuffersAvailable();
            }
            catch (Exception exception)
            {
                OnCallbackFailed(waiter, exception);
            }
        }
        while (--count > 0 && _budget.MayGoOn());
        _running = null;
    }

    private void RunPosted()
    {
        // Bounded by what is there now, and by time: work that posts itself again has its next run in the next turn.
        int count = Math.Min(_options.PostedWorkPerTurn, _posted.Count);
        if (count == 0)
        {
            return;
        }

        _budget.Begin();
        do
        {
            Action<SyscallLoop> work = _posted.Dequeue();
            Interlocked.Decrement(ref _postedCount);
            _running = work;
            try
            {
                work(this);
            }
            catch (Exception exception)
            {
                OnCallbackFailed(work, exception);
            }
        }
        while (--count > 0 && _budget.MayGoOn());
        _running = null;
    }

    private void RunScheduled()
    {
        // Bounded by what is there now, and by time: a mailbox that schedules itself again has its next run in the next turn.
        int count = Math.Min(_options.WorkPerTurn, _ready.Count);
        if (count == 0)
        {
            return;
        }

        _budget.Begin();
        do
        {
            object work = _ready.Dequeue();
            _running = work;
            try
            {
                _host!.Run(this, work);
            }
            catch (Exception exception)
            {
                OnCallbackFailed(work, exception);
            }
        }
        while (--count > 0 && _budget.MayGoOn());
        _running = null;
    }

    /// <returns>Nanoseconds until the next timer, negative when there is none.</returns>
    private long RunTimers()
    {
        if (_timers.Count == 0)
        {
            return -1;
        }

        long now = _environment.Clock.GetTimestamp();

        // Bounded by what is there now: a timer that starts itself again with no delay has its next turn in the next turn.
        int count = _timers.Count;
        if (_timers.TryTakeDue(now, out LoopTimer timer))
        {
            _budget.Begin();
            do
            {
                _running = timer;
                try
                {
                    timer.OnDue(this);
                }
                catch (Exception exception)
                {
                    OnCallbackFailed(timer, exception);
                }
            }
            while (--count > 0 && _budget.MayGoOn() && _timers.TryTakeDue(now, out timer));
            _running = null;
        }

        const double nanosecondsPerSecond = 1e9;
        return _timers.Count == 0
            ? -1
            : Math.Max(0, (long)((_timers.NextDue - now) * (nanosecondsPerSecond / _environment.Clock.TimestampFrequency)));
    }

    private void CancelInFlight()
    {
        if (_pages.UsedEntries > 0)
        {
            _backend.CancelAll();
        }
    }

    private void Deliver(in Completion completion)
    {
        if (completion.HasBuffer)
        {
            Buffers.MarkPicked(completion.BufferId);
        }

        SyscallOperation? operation = _entries.Find(completion.Token);
        if (operation is null)
        {
            // The NOP that fills the slot of a refused entry has token 0; anything else would be a completion without a call.
            Debug.Assert(completion.Token == 0, "a completion of a call that is over");
            Debug.Assert(!completion.HasBuffer, "a buffer without a call");
            return;
        }

        if (completion.IsTerminal)
        {
            uint index = EntryTokens.IndexOf(completion.Token);
            _entries.Unbind(index);
            _pages.Free(index);
            operation.Token = 0;
            if (operation.IsCountedPrompt)
            {
                operation.IsCountedPrompt = false;
                _promptCalls--;
            }

            if (operation.IsCountedReserved)
            {
                operation.IsCountedReserved = false;
                _reservedInUse--;
            }

            ServeWaitingForEntries();
        }

        _running = operation;
        try
        {
            operation.OnCompleted(this, completion);
        }
        catch (Exception exception)
        {
            OnCallbackFailed(operation, exception);
        }

        _running = null;
    }
}
