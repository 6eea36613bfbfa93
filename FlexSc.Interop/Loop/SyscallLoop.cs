using System.Collections.Concurrent;
using System.Diagnostics;
using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Loop;

/// <summary>
/// libflexsc's main loop: one thread that owns a page set. One turn runs posted work, bounded; flushes the batch; collects
/// completions and runs their operations. It parks when nothing is left to do.
/// </summary>
public sealed class SyscallLoop : IDisposable
{
    private readonly SyscallLoopOptions _options;
    private readonly ConcurrentQueue<Action<SyscallLoop>> _posted = new();
    private readonly Stack<AwaitableOperation> _awaitables = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread _thread;
    private SyscallPageSet _pages = null!;
    private EntryTable _entries = null!;
    private ISyscallBackend _backend = null!;
    private Exception? _failure;
    private int _postedCount;
    private int _sleeping;
    private volatile bool _stopping;

    private SyscallLoop(SyscallLoopOptions options, string name)
    {
        _options = options;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>Starts a loop on a thread of its own and returns when it can take calls.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="LinuxException">The backend cannot be set up; the text names the remedy.</exception>
    public static SyscallLoop Start(SyscallLoopOptions options, string name)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        SyscallLoop loop = new(options, name);
        loop._thread.Start();
        loop._started.Task.GetAwaiter().GetResult();
        return loop;
    }

    /// <summary>Entries in use. Read it on the loop's thread.</summary>
    public int UsedEntries => _pages.UsedEntries;

    /// <summary>Traps into the kernel made for submitting and collecting. Read it on the loop's thread.</summary>
    public long Traps => _backend.Traps;

    /// <summary>Name of the backend that executes the entries.</summary>
    public string BackendName => _backend.Name;

    /// <summary>
    /// Writes a system call into the page; it leaves with the turn's batch. Memory that the arguments point to must stay where
    /// it is until the terminal completion.
    /// </summary>
    /// <returns>False when every entry is in use: try again after a completion.</returns>
    /// <exception cref="InvalidOperationException">Called from another thread, or the operation has a call in flight.</exception>
    public bool TrySubmit(
        SyscallOperation operation, int number, EntryFlags flags = EntryFlags.None,
        long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, ushort.MaxValue);
        RequireOwnThread();
        if (operation.IsPending)
        {
            throw new InvalidOperationException("the operation has a call in flight: wait for its completion or use another object");
        }

        if (!_pages.TryAllocate(out uint index))
        {
            return false;
        }

        ref SyscallEntry entry = ref _pages[index];
        entry.Number = (ushort)number;
        entry.ArgumentCount = FlexScAbi.MaxArguments;
        entry.Flags = flags;
        entry.Argument0 = argument0;
        entry.Argument1 = argument1;
        entry.Argument2 = argument2;
        entry.Argument3 = argument3;
        entry.Argument4 = argument4;
        entry.Argument5 = argument5;
        operation.Token = _entries.Bind(index, operation);
        _pages.Publish(index);
        return true;
    }

    /// <summary>
    /// Like <see cref="TrySubmit"/>, to be awaited once: thread-style code over the page. The continuation runs on the loop's
    /// thread, unless the awaiter has a scheduler of its own. The result is the kernel's: a negative errno on failure.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from another thread, or every entry is in use.</exception>
    public ValueTask<long> SubmitAsync(
        int number, long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
    {
        RequireOwnThread();
        AwaitableOperation? operation;
        lock (_awaitables)
        {
            if (!_awaitables.TryPop(out operation))
            {
                operation = new AwaitableOperation(_awaitables);
            }
        }

        if (!TrySubmit(operation, number, EntryFlags.None, argument0, argument1, argument2, argument3, argument4, argument5))
        {
            lock (_awaitables)
            {
                _awaitables.Push(operation);
            }

            throw new InvalidOperationException(
                $"all {_pages.EntryCount} entries of the page set are in use: raise {nameof(SyscallLoopOptions.Pages)} or submit fewer calls at once");
        }

        return operation.Task;
    }

    /// <summary>
    /// Asks for a call in flight to be cancelled. Both calls complete, in either order: <paramref name="cancel"/> with 0,
    /// -ENOENT (not found) or -EALREADY (running), the target with -ECANCELED or with its own result.
    /// </summary>
    /// <returns>False when every entry is in use.</returns>
    public bool TryCancel(SyscallOperation target, SyscallOperation cancel)
    {
        ArgumentNullException.ThrowIfNull(target);
        return TrySubmit(cancel, FlexScAbi.NumberCancel, argument0: (long)target.Token);
    }

    /// <summary>Has work run on the loop's thread, in the order of the calls. From any thread.</summary>
    /// <returns>
    /// False when <see cref="SyscallLoopOptions.PostedWorkLimit"/> items wait, or the loop stops. Work that races with the stop
    /// may be taken and not run.
    /// </returns>
    public bool TryPost(Action<SyscallLoop> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (_stopping)
        {
            return false;
        }

        if (Interlocked.Increment(ref _postedCount) > _options.PostedWorkLimit)
        {
            Interlocked.Decrement(ref _postedCount);
            return false;
        }

        _posted.Enqueue(work);

        // Full fence, of the exchange: the loop sets its flag and then looks at the queue, we fill the queue and then look at
        // the flag. Without a fence on both sides both may miss the other's store, and the wake-up is lost.
        WakeIfParked();
        return true;
    }

    private void WakeIfParked()
    {
        if (Interlocked.Exchange(ref _sleeping, 0) != 0)
        {
            _backend.Wake();
        }
    }

    /// <summary>Refuses new work, runs what was taken, waits for the calls in flight and ends. It cancels nothing, so submit no calls that never complete before it. From any other thread.</summary>
    /// <exception cref="InvalidOperationException">The loop ended by an error, which is the inner exception.</exception>
    public void Dispose()
    {
        if (Thread.CurrentThread == _thread)
        {
            throw new InvalidOperationException("a loop cannot wait for its own end: dispose it from another thread");
        }

        // Not by posted work: a full queue would refuse it, and the loop would never end.
        _stopping = true;
        WakeIfParked();
        _thread.Join();
        if (_failure is not null)
        {
            throw new InvalidOperationException("the loop ended by an error", _failure);
        }
    }

    private void Run()
    {
        try
        {
            _pages = new SyscallPageSet(_options.Pages);
            _entries = new EntryTable(_pages.EntryCount);

            // On this thread: SINGLE_ISSUER ties the ring to the thread that made it.
            _backend = SyscallBackends.Create(_pages, _entries, _options);
        }
        catch (Exception exception)
        {
            _pages?.Dispose();
            _started.SetException(exception);
            _stopping = true;
            return;
        }

        _started.SetResult();
        try
        {
            Completion[] completions = new Completion[_options.CompletionsPerTurn];
            while (!_stopping || !_posted.IsEmpty || _pages.UsedEntries > 0)
            {
                RunTurn(completions);
            }
        }
        catch (Exception exception)
        {
            _failure = exception;
            _stopping = true;
        }
        finally
        {
            _backend.Dispose();
            if (_failure is null)
            {
                // After an error calls may be in flight, and the kernel may write to what they point to.
                _pages.Dispose();
            }
        }
    }

    private void RunTurn(Completion[] completions)
    {
        RunPosted();
        bool idle = _posted.IsEmpty;
        if (idle)
        {
            // Full fence, of the exchange: the flag must be visible before the last look at the queue; see TryPost.
            Interlocked.Exchange(ref _sleeping, 1);
            idle = _posted.IsEmpty && !(_stopping && _pages.UsedEntries == 0);
        }

        _backend.Flush(idle, timeoutNanoseconds: -1);
        Volatile.Write(ref _sleeping, 0);

        int count = _backend.Reap(completions);
        for (int i = 0; i < count; i++)
        {
            Deliver(completions[i]);
        }
    }

    private void RunPosted()
    {
        for (int i = 0; i < _options.PostedWorkPerTurn && _posted.TryDequeue(out Action<SyscallLoop>? work); i++)
        {
            Interlocked.Decrement(ref _postedCount);
            work(this);
        }
    }

    private void Deliver(in Completion completion)
    {
        SyscallOperation? operation = _entries.Find(completion.Token);
        if (operation is null)
        {
            // The NOP that fills the slot of a refused entry has token 0; anything else would be a completion without a call.
            Debug.Assert(completion.Token == 0, "a completion of a call that is over");
            return;
        }

        if (completion.IsTerminal)
        {
            uint index = EntryTable.IndexOf(completion.Token);
            _entries.Unbind(index);
            _pages.Free(index);
            operation.Token = 0;
        }

        operation.OnCompleted(this, completion);
    }

    private void RequireOwnThread()
    {
        if (Thread.CurrentThread != _thread)
        {
            throw new InvalidOperationException($"the loop '{_thread.Name}' takes calls from its own thread only: use TryPost");
        }
    }
}
