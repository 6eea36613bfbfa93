using System.Numerics;
using Akka.Dispatch;
using Akka.Event;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// One loop as actors see it: runs mailboxes, then has everyone who gathered output submit it, so that what a turn's handlers
/// wrote leaves in one batch. Members belong to the loop's thread unless they say otherwise.
/// </summary>
#pragma warning disable CA1001 // OnEnded frees what it owns
internal sealed class ActorLoop(LoopGroup group, int index) : ILoopHost
#pragma warning restore CA1001
{
    [ThreadStatic]
    private static ActorLoop? t_current;

    /// <summary>Most messages of one run between two looks at the clock.</summary>
    private const int MostMessagesBetweenLooks = 16;

    private readonly List<IFlushable> _gathered = [];
    private readonly HashSet<ILoopMember> _members = [];
    private readonly RunLengths _runLengths = new(group.Settings.LoopOptions.TurnBudgetMicroseconds, group.Clock);
    private readonly SlowRuns _slowRuns = new(group.Evictions, group.Clock);
    private ActorSharing _sharing = null!;
    private long _runs;
    private long _runsBefore;
    private LoopMessageQueue? _runningQueue;
    private int _messagesOfRun;
    private bool _isHeldUp;
    private readonly LoopPresence _presence = new();
    private volatile LoopGivenUp? _givenUp;

    /// <summary>Those whose queue does not ask.</summary>
    private int _mailboxesOfTurn;

    /// <summary>The loop whose thread this is, or null. Set by whoever steps loops that have none.</summary>
    public static ActorLoop? Current
    {
        get => t_current;
        set => t_current = value;
    }

    public LoopGroup Group => group;

    public int Index => index;

    public SyscallLoop Loop { get; private set; } = null!;

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => t_current == this;

    /// <summary>Objects with the lifetime of the loop, by what they are: buffer pools, counters, connections. Set when it starts.</summary>
    public LoopIo Io { get; private set; } = null!;

    /// <summary>How far the loop is and what runs now; from any thread, for the watchdog.</summary>
    public LoopActivity Activity => new(Loop.Turns, Volatile.Read(ref _runs), Loop.Running, Loop.IsParked);

    /// <summary>
    /// Whether a turn goes on for longer than <c>flexsc.loops.stall-warning-ms</c>: what is new goes to other loops meanwhile. From any
    /// thread; written by the watchdog.
    /// </summary>
    public bool IsHeldUp
    {
        get => Volatile.Read(ref _isHeldUp);
        set => Volatile.Write(ref _isHeldUp, value);
    }

    /// <summary>What holds it up for so long that it is done without; null while it is not. From any thread; written by the watchdog.</summary>
    public LoopGivenUp? GivenUp
    {
        get => _givenUp;
        set
        {
            _givenUp = value;
            if (value is null)
            {
                _presence.OnBack();
            }
            else
            {
                _presence.OnGivenUp(value);
            }
        }
    }

    /// <inheritdoc cref="LoopPresence.Missing"/>
    public Task<LoopGivenUp?> Missing => _presence.Missing;

    /// <summary>Whether it is done without: <see cref="GivenUpLoops"/>. From any thread.</summary>
    public bool IsGivenUp => _givenUp is not null;

    /// <summary>How busy it is. From any thread; written by the watchdog.</summary>
    public LoopBusyness Busyness { get; } = new();

    /// <summary>Connections that another loop accepted for this one and that are on their way. From any thread.</summary>
    public LoopArrivals Arrivals { get; } = new();

    /// <summary>See <see cref="ActorSharing.Given"/>. From any thread.</summary>
    public long GivenActors => _sharing.Given;

    /// <summary>See <see cref="SlowRuns.LongestTurn"/>. From any thread.</summary>
    public TimeSpan LongestTurn => _slowRuns.LongestTurn;

    /// <summary>Has a mailbox, or something else that schedules itself at most once at a time, run here. From any thread.</summary>
    /// <returns>False when the loop has ended.</returns>
    public bool TrySchedule(IRunnable work) => Loop.TrySchedule(work);

    /// <summary>Has <see cref="IFlushable.Flush"/> called once before this turn's batch goes out.</summary>
    public void FlushThisTurn(IFlushable flushable) => _gathered.Add(flushable);

    public void OnStarted(SyscallLoop loop)
    {
        t_current = this;
        Loop = loop;
        Io = new LoopIo(this);
        _sharing = new ActorSharing(this);
    }

    /// <summary>Who is told when the loop stops or ends.</summary>
    public IReadOnlyCollection<ILoopMember> Members => _members;

    /// <summary>Has someone told when the loop stops or ends. Whoever leaves calls <see cref="Leave"/>.</summary>
    public void Join(ILoopMember member) => _members.Add(member);

    public void Leave(ILoopMember member) => _members.Remove(member);

    /// <summary>Closes what members and protocols hold, and what comes while they do. On the loop's thread.</summary>
    public async Task<bool> CloseSocketsAsync()
    {
        const int pauseMs = 1;
        while (true)
        {
            OnStopping(Loop);
            if (_members.Count == 0 && Io.ConnectionCount == 0 && Io.ExpectedConnections == 0)
            {
                return true;
            }

            await this.DelayAsync(pauseMs).ConfigureAwait(false);
        }
    }

    public void OnStopping(SyscallLoop loop)
    {
        ForEachMember(static member => member.OnStopping());
        Io.AbortAll();
    }

    public void OnEnded(SyscallLoop loop)
    {
        ForEachMember(static member => member.OnEnded());
        Io.Free();
        _slowRuns.Dispose();
        _presence.OnEnded();
    }

    public void OnFailed(SyscallLoop loop, Exception exception) => OnEnded(loop);

    public bool OnCallbackFailed(SyscallLoop loop, object callback, Exception exception)
    {
        group.Log.Error(exception, "{0} failed on loop {1}; the loop goes on", callback, index);
        return true;
    }

    public void OnNotRun(SyscallLoop loop, object work)
    {
        if (work is ILoopWork told)
        {
            told.OnNotRun();
        }
        else if (work is Mailbox mailbox && loop.HasFailed)
        {
            LoopExecution.Execute(mailbox, this);
        }
    }

    /// <summary>
    /// Asked by the queue of a mailbox before each message but the first of a run: whether the run may go on. A mailbox whose queue
    /// answers that nothing is there schedules itself again when it finds that something is, so the rest waits for the next turn.
    /// </summary>
    public bool MayGoOn(LoopMessageQueue queue)
    {
        // Whoever else takes from a queue, as a mailbox that is cleaned up, or one that runs inside a handler, takes all.
        if (queue != _runningQueue)
        {
            return true;
        }

        if (queue.IsEvicted)
        {
            return false;
        }

        // After the first message, the second, the fourth and so on: slow messages are noticed at once, and quick ones pay little.
        int messages = _messagesOfRun++;
        bool look = BitOperations.IsPow2(messages) || messages % MostMessagesBetweenLooks == 0;
        return messages == 0 || !look || !Loop.IsTurnTimeOver();
    }

    public void Run(SyscallLoop loop, object work)
    {
        _runs++;
        _runningQueue = null;
        try
        {
            if (work is not Mailbox mailbox)
            {
                ((IRunnable)work).Run();
            }
            else if (group.Evictions.TryGet(mailbox, out EvictedMailbox? evicted))
            {
                // It was scheduled here before it was evicted.
                LoopExecution.ExecuteElsewhere(evicted);
            }
            else if (_sharing.IsGiving && _sharing.TryGive(mailbox))
            {
                // It runs on another loop from now on.
            }
            else if (_slowRuns.IsTiming)
            {
                SlowRuns.Start start = _slowRuns.Begin(mailbox);
                Run(mailbox);
                _slowRuns.End(mailbox, this, start);
            }
            else
            {
                Run(mailbox);
            }
        }
        catch (Exception exception)
        {
            // Actors fail into their supervisors; what comes this far is a defect of the mailbox that ran, not of the loop.
            group.Log.Error(exception, "{0} failed on loop {1}", work, index);
        }

        _runningQueue = null;
    }

    private void Run(Mailbox mailbox)
    {
        if (mailbox.MessageQueue is LoopMessageQueue queue)
        {
            _runningQueue = queue;
            _messagesOfRun = 0;
            mailbox.Run();
        }
        else
        {
            _mailboxesOfTurn++;
            _runLengths.Run(mailbox);
            if (!group.Evictions.IsEmpty && mailbox.Dispatcher is IEvictingDispatcher { EndsRuns: true } dispatcher)
            {
                dispatcher.EndsRuns = false;
            }
        }
    }

    public void BeforeFlush(SyscallLoop loop)
    {
        // A timer that was due hides the mailboxes before it: the time is that of what ran last. Slow ones come again.
        if (_runs != _runsBefore)
        {
            _runsBefore = _runs;
            TimeSpan elapsed = loop.GetTurnTime();
            _slowRuns.OnTurn(elapsed);
            if (_sharing.IsOn)
            {
                _sharing.OnTurn(elapsed);
            }
        }

        if (_mailboxesOfTurn > 0)
        {
            _mailboxesOfTurn = 0;
            _runLengths.OnTurn(loop.IsTurnTimeOver());
        }

        if (_gathered.Count == 0)
        {
            return;
        }

        // By index: flushing may, by an error it finds, have another one gather. That one has its turn in the next turn.
        int count = _gathered.Count;
        for (int i = 0; i < count; i++)
        {
            try
            {
                _gathered[i].Flush();
            }
            catch (Exception exception)
            {
                OnCallbackFailed(loop, _gathered[i], exception);
            }
        }

        _gathered.RemoveRange(0, count);
        if (_gathered.Count > 0)
        {
            Loop.TrySchedule(AnotherTurn.Instance);
        }
    }

    private void ForEachMember(Action<ILoopMember> tell)
    {
        foreach (ILoopMember member in _members.ToArray())
        {
            try
            {
                tell(member);
            }
            catch (Exception exception)
            {
                OnCallbackFailed(Loop, member, exception);
            }
        }
    }

    /// <summary>Does nothing, but for keeping the loop from waiting.</summary>
    private sealed class AnotherTurn : IRunnable
    {
        public static AnotherTurn Instance { get; } = new();

        public void Execute() => Run();

        public void Run()
        {
        }
    }
}

/// <summary>How far a loop is, as another thread sees it.</summary>
/// <param name="Turns">Turns begun.</param>
/// <param name="Runs">Mailboxes run.</param>
/// <param name="Running">What runs, or null.</param>
/// <param name="IsParked">Whether it waits for something to do.</param>
internal readonly record struct LoopActivity(long Turns, long Runs, object? Running, bool IsParked);

/// <summary>Holds descriptors on a loop, and so is told when the loop ends. On the loop's thread.</summary>
internal interface ILoopMember
{
    /// <summary>The loop stops: close now. Called in every turn until the loop ends.</summary>
    void OnStopping();

    /// <summary>The loop takes no calls any more, and after an error those in flight never complete: what is open is closed without it.</summary>
    void OnEnded();
}

/// <summary>Scheduled work that has to know when its loop ends before it ran.</summary>
internal interface ILoopWork : IRunnable
{
    /// <summary>It is not run. From any thread.</summary>
    void OnNotRun();
}

/// <summary>Gathers output during a turn and submits it at its end.</summary>
internal interface IFlushable
{
    /// <summary>Submits what was gathered. On the loop's thread.</summary>
    void Flush();
}
