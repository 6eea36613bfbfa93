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
        ThreadId = (int)RawSystemCall.Invoke(SyscallNumber.GetTid);
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

    private bool HasWork => _ready.Count > 0 || _posted.Count > 0 || _completionsAreLeft || !_inbox.IsEmpty || _ready.HasSetAside;

    private bool HasCalls => _calls.Count > 0 || _closings.Count > 0;

    private void Initialize()
    {
        if (_options.Cpu is { } cpu)
        {
            // First, so that the memory touched from here on is near that core.
            ThreadAffinity.PinCurrentThread(cpu);
        }

        _pages = new SyscallPageSet(_options.Pages);
        _calls = new CallsInFlight(_pages, _environment.Clock);
        Buffers = new ProvidedBuffers(this, _options.BufferCount, _options.BufferBytes);

        // On this thread: SINGLE_ISSUER ties the ring to the thread that made it.
        _backend = _environment.CreateBackend(_pages, _calls.Tokens, Buffers, _options);
    }

    private void RunTurn()
    {
        if (TryBeginTurn(out bool idle, out long timeoutNanoseconds))
        {
            _backend.Flush(idle, _calls.MayAwaitBatch, timeoutNanoseconds);
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
            _callbacks.CallHost(static (host, loop) => host.OnStopping(loop));
        }

        _callbacks.CallHost(static (host, loop) => host.BeforeFlush(loop));
        bool stops = _stopping;
        if (stops)
        {
            if (_calls.Count > 0)
            {
                _backend.CancelAll();
            }

            timeoutNanoseconds = StopRetryNanoseconds;
        }

        idle = !HasWork;
        if (idle && !stops && _spin.IsWorthwhile)
        {
            // What the turn has submitted goes out first: others may wait for it. The loop does not say that it sleeps, so nobody wakes it.
            _backend.Flush(wait: false, mayBatch: false, timeoutNanoseconds: 0);
            if (Collect() > 0 || LookForWork())
            {
                return false;
            }

            idle = !HasWork;
        }

        if (idle)
        {
            // Those who wait for a buffer are woken for one that is given back. Whoever asks for the end after the look above may have found
            // the loop awake: then the next turn cancels what is in flight, for which this one would wait without an end.
            idle = _inbox.TryFallAsleep(forAll: Buffers.HasWaiters) && !_ready.HasSetAside && !(stops ? !HasCalls : _stopping) && Buffers.ServableWaiters == 0;
        }

        if (idle)
        {
            _spin.OnPark();
        }

        return true;
    }

    private bool LookForWork()
    {
        Volatile.Write(ref _isLooking, true);
        bool isThere = _spin.Run(_hasWork, _isToldByOther);
        Volatile.Write(ref _isLooking, false);
        return isThere;
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

    /// <summary>
    /// Takes completions out of the backend's queue and delivers each before the next one is taken, as far as number and time go. The
    /// rest stays where it is until the next turn. Nothing that an operation does delivers another one: it may submit, and what it
    /// submits goes out with the next flush.
    /// </summary>
    /// <returns>How many were delivered.</returns>
    private int Collect()
    {
        _completionsAreLeft = false;
        if (!_backend.TryTakeCompletion(out Completion completion))
        {
            return 0;
        }

        int delivered = 0;
        _budget.Begin();
        do
        {
            Deliver(completion);
            delivered++;
            if (delivered == _options.CompletionsPerTurn || !_budget.MayGoOn())
            {
                // The loop must not wait for others when it has some.
                _completionsAreLeft = _backend.HasCompletions;
                break;
            }
        }
        while (_backend.TryTakeCompletion(out completion));
        return delivered;
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
            _callbacks.Begin(waiter);
            try
            {
                waiter.OnBuffersAvailable();
            }
            catch (Exception exception)
            {
                _callbacks.OnFailed(waiter, exception);
            }
        }
        while (--count > 0 && _budget.MayGoOn());
        _callbacks.End();
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
            bool isThere = _posted.TryDequeue(out Action<SyscallLoop> work);
            Debug.Assert(isThere, "posted work vanished");
            _callbacks.Begin(work);
            try
            {
                work(this);
            }
            catch (Exception exception)
            {
                _callbacks.OnFailed(work, exception);
            }
        }
        while (--count > 0 && _budget.MayGoOn());
        _callbacks.End();
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
            // While one of them did not come back, others may have been taken out.
            if (!_ready.TryDequeue(out object work))
            {
                break;
            }

            _callbacks.Begin(work);
            try
            {
                _host!.Run(this, work);
            }
            catch (Exception exception)
            {
                _callbacks.OnFailed(work, exception);
            }
        }
        while (--count > 0 && _budget.MayGoOn());
        _callbacks.End();
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
                _callbacks.Begin(timer);
                try
                {
                    timer.OnDue(this);
                }
                catch (Exception exception)
                {
                    _callbacks.OnFailed(timer, exception);
                }
            }
            while (--count > 0 && _budget.MayGoOn() && _timers.TryTakeDue(now, out timer));
            _callbacks.End();
        }

        const double nanosecondsPerSecond = 1e9;
        return _timers.Count == 0
            ? -1
            : Math.Max(0, (long)((_timers.NextDue - now) * (nanosecondsPerSecond / _environment.Clock.TimestampFrequency)));
    }

    private void Deliver(in Completion completion)
    {
        if (completion.HasBuffer)
        {
            Buffers.MarkPicked(completion.BufferId);
        }

        SyscallOperation? operation = _calls.Find(completion.Token);
        if (operation is null)
        {
            // The NOP that fills the slot of a refused entry has token 0; anything else would be a completion without a call.
            Debug.Assert(completion.Token == 0, "a completion of a call that is over");
            Debug.Assert(!completion.HasBuffer, "a buffer without a call");
            return;
        }

        if (operation.Transfers && completion.Result > 0)
        {
            TransferredBytes += completion.Result;
        }

        if (completion.IsTerminal)
        {
            if (completion.Result is -Errno.Already or -Errno.NoEntry)
            {
                NoteUnreached(completion.Token);
            }

            _calls.End(operation);
            ServeWaitingForEntries();
        }

        _callbacks.Begin(operation);
        try
        {
            operation.OnCompleted(this, completion);
        }
        catch (Exception exception)
        {
            _callbacks.OnFailed(operation, exception);
        }

        _callbacks.End();
    }
}
