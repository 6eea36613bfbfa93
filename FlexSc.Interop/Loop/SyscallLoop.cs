using System.Diagnostics;
using FlexSc.Interop.Backends;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>
/// libflexsc's main loop: one thread that owns a page set. One turn runs posted and scheduled work, bounded by what is there when it
/// begins and by time; fires due timers; flushes the batch; collects completions and runs their operations. It parks when nothing
/// is left to do.
/// </summary>
public sealed partial class SyscallLoop : IDisposable, IPageOwner
{
    [ThreadStatic]
    private static SyscallLoop? t_current;

    private readonly SyscallLoopOptions _options;
    private readonly ILoopHost? _host;
    private readonly LoopEnvironment _environment;
    private readonly TimerHeap _timers = new();
    private readonly Stack<AwaitableOperation> _awaitables = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _name;
    private readonly Thread? _thread;
    private readonly WakeSpin _spin;
    private bool _isLooking;
    private readonly Func<bool> _hasWork;
    private readonly Func<bool> _isToldByOther;
    private readonly TurnBudget _budget;
    private readonly LoopCallbacks _callbacks;
    private SyscallPageSet _pages = null!;
    private CallsInFlight _calls = null!;
    private ISyscallBackend _backend = null!;
    private volatile Exception? _failure;
    private bool _completionsAreLeft;
    private volatile bool _stopping;

    private SyscallLoop(SyscallLoopOptions options, string name, ILoopHost? host, LoopEnvironment environment)
    {
        _options = options;
        _name = name;
        _host = host;
        _environment = environment;

        // On one core whoever is to bring work cannot run meanwhile.
        // A clock that others move would not end the search.
        bool mayFindWork = Environment.ProcessorCount > 1 && environment.Clock == TimeProvider.System;
        _spin = new WakeSpin(mayFindWork ? options.WakeSpinMicroseconds : 0, environment.Clock);
        _hasWork = () => HasWork || _backend.HasCompletions;
        _budget = new TurnBudget(options.TurnBudgetMicroseconds, environment.Clock);
        _callbacks = new LoopCallbacks(this, host);
        _posted = new PostedWork(options.PostedWorkLimit);
        _inbox = new Inbox<InboxItem, MachineMemory>(new MachineMemory(), () => _backend.Wake(), OnLeftBehind);
        _isToldByOther = () => !_inbox.IsEmpty;
        _thread = environment.Stepper is null ? new Thread(Run) { Name = name, IsBackground = true } : null;
    }

    /// <summary>Starts a loop on a thread of its own and returns when it can take calls.</summary>
    /// <param name="options">Its bounds.</param>
    /// <param name="name">Name of the thread.</param>
    /// <param name="host">Runs scheduled work; null when none is scheduled.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="LinuxException">The backend cannot be set up; the text names the remedy.</exception>
    public static SyscallLoop Start(SyscallLoopOptions options, string name, ILoopHost? host = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        SyscallLoop loop = new(options, name, host, LoopEnvironment.Ambient);
        if (loop._thread is null)
        {
            loop.StartStepped();
            return loop;
        }

        loop._thread.Start();
        loop._started.Task.GetAwaiter().GetResult();
        return loop;
    }

    /// <summary>The loop whose thread this is, or null.</summary>
    public static SyscallLoop? Current => t_current;

    /// <summary>Name of the loop's thread.</summary>
    public string Name => _name;

    /// <summary>The options it was started with.</summary>
    public SyscallLoopOptions Options => _options;

    /// <summary>Receive buffers for calls with <see cref="EntryFlags.ProvidedBuffer"/>.</summary>
    public ProvidedBuffers Buffers { get; private set; } = null!;

    /// <summary>Ends when the loop has ended; faulted when an error ended it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>True once an error has ended the loop: its calls reach nothing any more, and those that were in flight never complete.</summary>
    public bool HasFailed => _failure is not null;

    /// <summary>True once the loop was asked to stop.</summary>
    public bool IsStopping => _stopping;

    /// <summary>
    /// Whether it has a thread of its own. A loop of a simulation has none and is stepped; other threads must not use its descriptors
    /// by calls of their own, for they are not the system's.
    /// </summary>
    public bool HasThread => _thread is not null;

    /// <summary>
    /// The kernel's number of its thread, by which /proc/self/task tells what it uses and <see cref="ThreadAffinity"/> moves it; 0 where it
    /// has none.
    /// </summary>
    public int ThreadId { get; private set; }

    /// <summary>Entries of the page set: 64 a page.</summary>
    public int EntryCount => _pages.EntryCount;

    /// <summary>Entries in use. From any thread, then possibly a little old.</summary>
    public int UsedEntries => _pages.UsedEntries;

    /// <summary>Timers started and not yet due. Read it on the loop's thread.</summary>
    public int StartedTimers => _timers.Count;

    /// <summary>Traps into the kernel made for submitting and collecting. From any thread, then possibly a little old.</summary>
    public long Traps => _backend.Traps;

    /// <summary>Calls submitted so far. From any thread, then possibly a little old.</summary>
    public long Submissions => _calls.Submissions;

    /// <summary>
    /// Bytes that calls of this loop have received, sent, read and written so far, the headers of received messages included. From any
    /// thread, then possibly a little old.
    /// </summary>
    public long TransferredBytes { get; private set; }

    /// <summary>
    /// Whether one call in several is timed, for <see cref="CallTimes"/>; false unless set. It takes two looks at the clock for each of
    /// those, and none for the others. From any thread.
    /// </summary>
    public bool TimesCalls
    {
        get => _calls.Samples.IsOn;
        set => _calls.Samples.IsOn = value;
    }

    /// <summary>
    /// How long the calls took that were timed: of those that wait for no peer, as sends do and calls on files, one in several. From any
    /// thread, then possibly a little old.
    /// </summary>
    public CallTimes CallTimes => _calls.Samples.Times;

    /// <summary>Turns made so far. From any thread, then possibly a little old.</summary>
    public long Turns { get; private set; }

    /// <summary>What runs now: posted or scheduled work, a timer, an operation; null between two. From any thread, for a watchdog.</summary>
    public object? Running => _callbacks.Running;

    /// <summary>Exceptions that came out of what the loop called: work, timers, operations, waiters, its host. From any thread.</summary>
    public long CallbackFailures => _callbacks.Failures;

    /// <summary>Whether the loop waits for something to do. From any thread, then possibly a little old.</summary>
    public bool IsParked => _inbox.IsAsleep;

    /// <summary>
    /// Whether the loop has nothing to do: it waits for something, or looks for it instead (<see cref="SyscallLoopOptions.WakeSpinMicroseconds"/>).
    /// From any thread, then possibly a little old.
    /// </summary>
    public bool IsIdle => (IsParked || Volatile.Read(ref _isLooking)) && _inbox.IsEmpty;

    /// <summary>
    /// For how long it has looked for work instead of waiting for it (<see cref="SyscallLoopOptions.WakeSpinMicroseconds"/>): its thread ran and
    /// had nothing to do. From any thread, then possibly a little old.
    /// </summary>
    public TimeSpan SpinTime => _spin.Time;

    /// <summary>
    /// Items that were scheduled and wait for their turn, without those that other threads have handed over since this one began. From any
    /// thread, then possibly a little old.
    /// </summary>
    public int ReadyWork => _ready.Count;

    /// <summary>Name of the backend that executes the entries.</summary>
    public string BackendName => _backend.Name;

    /// <summary>
    /// Writes a system call into the page; it leaves with the turn's batch. Memory that the arguments point to must stay where
    /// it is until the terminal completion.
    /// </summary>
    /// <returns>
    /// False when every entry is in use, or set aside for others (<see cref="TryReserveEntries"/>): try again after a completion. False
    /// also when the loop has ended.
    /// </returns>
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

        if (_takesNoCalls || !_calls.TryBegin(operation, out uint index))
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
        operation.Transfers = SyscallTable.Of((ushort)number).Transfers;
        _calls.Publish(index);
        return true;
    }

    /// <summary>
    /// Like <see cref="TrySubmit"/>, to be awaited once: thread-style code over the page. The continuation runs on the loop's
    /// thread, unless the awaiter has a scheduler of its own. The result is the kernel's: a negative errno on failure. A close that
    /// finds no entry waits for one.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from another thread, or every entry is in use.</exception>
    /// <exception cref="LoopFailedException">An error has ended the loop, or ends it before the call completes.</exception>
    public ValueTask<long> SubmitAsync(
        int number, long argument0 = 0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0, long argument5 = 0)
    {
        RequireOwnThread();
        AwaitableOperation operation = TakeAwaitable();
        if (TrySubmit(operation, number, EntryFlags.None, argument0, argument1, argument2, argument3, argument4, argument5))
        {
            return operation.Task;
        }

        if (number == SyscallNumber.Close)
        {
            // Whoever closes has nothing else to do about a shortage, and would leave the descriptor open.
            CloseLater(operation, argument0);
            return operation.Task;
        }

        ReturnAwaitable(operation);
        throw NotSubmitted();
    }

    /// <summary>
    /// Asks for a call in flight to be cancelled. Both calls complete, in either order: <paramref name="cancel"/> with 0,
    /// -ENOENT (not found) or -EALREADY (running), the target with -ECANCELED or with its own result. One that was not reached and goes on
    /// is asked again by the loop until it has ended.
    /// </summary>
    /// <returns>False when every entry is in use.</returns>
    public bool TryCancel(SyscallOperation target, SyscallOperation cancel)
    {
        ArgumentNullException.ThrowIfNull(target);
        return TrySubmit(cancel, FlexScAbi.NumberCancel, argument0: (long)target.Token);
    }

    /// <summary>
    /// Whether the time is over that the work which runs now may take (<see cref="SyscallLoopOptions.TurnBudgetMicroseconds"/>): for
    /// work that goes on as long as it finds something to do, so that it schedules itself again instead. Looks at the clock, which
    /// costs some 20 ns. On the loop's thread.
    /// </summary>
    public bool IsTurnTimeOver() => _budget.IsOver();

    /// <summary>
    /// How long the work that runs now, or ran last, has gone on with others of its kind in this turn. Looks at the clock. On the loop's
    /// thread.
    /// </summary>
    public TimeSpan GetTurnTime() => _budget.Elapsed;

    /// <summary>Starts a timer. On the loop's thread.</summary>
    /// <param name="timer">Not started.</param>
    /// <param name="delayMs">Milliseconds from now, 0 or more.</param>
    public void StartTimer(LoopTimer timer, long delayMs)
    {
        ArgumentNullException.ThrowIfNull(timer);
        ArgumentOutOfRangeException.ThrowIfNegative(delayMs);
        RequireOwnThread();
        if (_takesNoCalls)
        {
            throw new InvalidOperationException($"the loop '{Name}' has ended: a timer would never be due");
        }

        if (timer.IsStarted)
        {
            throw new InvalidOperationException("the timer is started already: stop it first or use another object");
        }

        const long millisecondsPerSecond = 1000;
        _timers.Add(timer, _environment.Clock.GetTimestamp() + (delayMs * (_environment.Clock.TimestampFrequency / millisecondsPerSecond)));
    }

    /// <summary>Stops a timer; does nothing when it is not started. On the loop's thread.</summary>
    public void StopTimer(LoopTimer timer)
    {
        ArgumentNullException.ThrowIfNull(timer);
        RequireOwnThread();
        if (timer.IsStarted)
        {
            _timers.Remove(timer);
        }
    }

    /// <summary>
    /// Refuses new posts, runs what was taken, cancels the calls in flight, waits for their completions and ends. Calls that a
    /// companion thread executes cannot be cancelled: it waits for them. From any other thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">The loop ended by an error, which is the inner exception.</exception>
    public void Dispose()
    {
        if (t_current == this)
        {
            throw new InvalidOperationException("a loop cannot wait for its own end: dispose it from another thread");
        }

        RequestStop();
        _thread?.Join();
        if (_failure is not null)
        {
            throw new InvalidOperationException("the loop ended by an error", _failure);
        }

        _callbacks.ThrowUnreported();
    }

    private void RequireOwnThread()
    {
        if (t_current != this)
        {
            throw new InvalidOperationException($"the loop '{_name}' takes calls from its own thread only: use TryPost");
        }
    }
}
