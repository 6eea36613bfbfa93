using Akka.Dispatch;
using Akka.Event;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>
/// One loop as actors see it: runs mailboxes, then has everyone who gathered output submit it, so that what a turn's handlers
/// wrote leaves in one batch. Members belong to the loop's thread unless they say otherwise.
/// </summary>
internal sealed class ActorLoop(LoopGroup group, int index) : ILoopHost
{
    [ThreadStatic]
    private static ActorLoop? t_current;

    private readonly List<IFlushable> _gathered = [];
    private long _runs;
    private object? _running;

    /// <summary>The loop whose thread this is, or null.</summary>
    public static ActorLoop? Current => t_current;

    public LoopGroup Group => group;

    public int Index => index;

    public SyscallLoop Loop { get; private set; } = null!;

    /// <summary>True on the loop's own thread.</summary>
    public bool IsCurrent => t_current == this;

    /// <summary>Objects with the lifetime of the loop, by what they are: buffer pools, counters, connections. Set when it starts.</summary>
    public LoopIo Io { get; private set; } = null!;

    /// <summary>Number of runs so far and what runs now; from any thread, for the watchdog.</summary>
    public (long Runs, object? Running) Activity => (Volatile.Read(ref _runs), Volatile.Read(ref _running));

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
    }

    public void OnStopping(SyscallLoop loop) => Io.AbortAll();

    public void OnEnded(SyscallLoop loop) => Io.Free();

    public void Run(SyscallLoop loop, object work)
    {
        _running = work;
        _runs++;
        try
        {
            ((IRunnable)work).Run();
        }
        catch (Exception exception)
        {
            // Actors fail into their supervisors; what comes this far is a defect of the mailbox that ran, not of the loop.
            group.Log.Error(exception, "{0} failed on loop {1}", work, index);
        }

        _running = null;
    }

    public void BeforeFlush(SyscallLoop loop)
    {
        // By index: flushing may, by an error it finds, have another one gather.
        for (int i = 0; i < _gathered.Count; i++)
        {
            _gathered[i].Flush();
        }

        _gathered.Clear();
    }
}

/// <summary>Gathers output during a turn and submits it at its end.</summary>
internal interface IFlushable
{
    /// <summary>Submits what was gathered. On the loop's thread.</summary>
    void Flush();
}
