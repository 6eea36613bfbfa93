using Akka.Dispatch;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Placement;

/// <summary>
/// Measures the loops of a running system from outside: what the kernel counts for their threads, and counters that the loop alone writes
/// and this reads. What a loop does for it: time one call in several, and run a probe each time. One thread at a time.
/// </summary>
internal sealed class LoopSampler
{
    private readonly LoopGroup _group;
    private readonly CpuAllowanceReader _allowance;
    private readonly QueueProbe[] _probes;
    private readonly Counters[] _before;
    private Dictionary<int, TimeSpan> _workBefore = [];
    private CpuTopology _machine;
    private CgroupThrottling _throttling;
    private long _lastSample;

    /// <param name="group">The loops.</param>
    /// <param name="root">What stands for <c>/</c> above the files that describe the machine and the control group.</param>
    public LoopSampler(LoopGroup group, string root = "/")
    {
        _group = group;
        _allowance = new CpuAllowanceReader(root);
        _machine = CpuTopology.Read(root) with { Allowance = _allowance.Allowance };
        _throttling = _allowance.Throttling;
        _lastSample = group.Clock.GetTimestamp();
        _probes = [.. group.Loops.Select(static loop => new QueueProbe(loop))];
        _before = [.. group.Loops.Select(Read)];
        TimeCalls(true);
    }

    /// <summary>Loops do nothing for it any more.</summary>
    public void Stop() => TimeCalls(false);

    /// <summary>What happened since the last time.</summary>
    public PlacementSample Take()
    {
        long now = _group.Clock.GetTimestamp();
        double seconds = Math.Max(1e-3, _group.Clock.GetElapsedTime(_lastSample, now).TotalSeconds);
        _lastSample = now;

        // What cores share does not change while they are online; what the process may use of them does.
        _allowance.Read();
        _machine = _machine.Allowance == _allowance.Allowance ? _machine : _machine with { Allowance = _allowance.Allowance };
        double throttled = _allowance.Throttling.Since(_throttling);
        _throttling = _allowance.Throttling;
        IReadOnlyList<ActorLoop> loops = _group.Loops;
        LoopLoad[] loads = new LoopLoad[loops.Count];
        IReadOnlyList<ActorLoad> actors = [];
        for (int i = 0; i < loads.Length; i++)
        {
            Counters after = Read(loops[i]);
            loads[i] = LoadOf(loops[i], _before[i], after, seconds);
            if (after.Activity is { IsParked: false, Running: Mailbox mailbox } activity && activity.Turns == _before[i].Activity.Turns
                && activity.Runs == _before[i].Activity.Runs)
            {
                after = after with { SameRunSeconds = _before[i].SameRunSeconds + seconds };
                actors = [.. actors, new ActorLoad(MailboxOwner.NameOf(mailbox), i, after.SameRunSeconds * 1000, 1)];
            }

            _before[i] = after;
        }

        return new PlacementSample(_machine, loads, TakeCores(loads, seconds), actors, throttled);
    }

    /// <summary>What the cores did that execute calls, each for the loops that it serves.</summary>
    private SyscallCoreLoad[] TakeCores(LoopLoad[] loads, double seconds)
    {
        var uses = loads.Select(load => (Load: load, Use: _group.Loops[load.Index].Loop.ReadCoreUse()))
            .Where(static served => served.Use is not null)
            .Select(static served => (served.Load, Use: served.Use!.Value))
            .ToArray();
        if (uses.Length == 0)
        {
            _workBefore.Clear();
            return [];
        }

        Dictionary<int, TimeSpan> work = [];
        foreach ((_, SyscallCoreUse use) in uses)
        {
            work[use.ThreadId] = use.WorkTime;
        }

        SyscallCoreLoad[] cores =
        [
            .. uses.GroupBy(static served => served.Use.Cpu).Where(static core => core.Key >= 0).Select(core => new SyscallCoreLoad(
                core.Key,
                Math.Clamp(core.Select(static served => served.Use.ThreadId).Distinct().Sum(thread => WorkSince(thread, work[thread])) / seconds, 0, 1),
                core.Sum(static served => served.Load.EntriesPerSecond))),
        ];
        _workBefore = work;
        return cores;
    }

    /// <summary>Seconds; 0 of a thread that was not there before.</summary>
    private double WorkSince(int thread, TimeSpan now) => _workBefore.TryGetValue(thread, out TimeSpan before) ? (now - before).TotalSeconds : 0;

    private static Counters Read(ActorLoop loop) => new(
        ThreadTimes.Of(loop.Loop.ThreadId), loop.Loop.Submissions, loop.Loop.Traps, loop.Io.TransferredBytes, loop.Io.TakenConnections,
        loop.Loop.CallTimes, loop.Activity, loop.Loop.ReadTimeBeside().TotalSeconds);

    private LoopLoad LoadOf(ActorLoop loop, Counters before, Counters after, double seconds)
    {
        double entries = after.Entries - before.Entries;
        double traps = after.Traps - before.Traps;
        double systemTicks = after.Times.SystemTicks - before.Times.SystemTicks;
        double ticks = after.Times.UserTicks - before.Times.UserTicks + systemTicks;

        // What others run for it on its cores is its load as well; the count is zero while they have a core of their own.
        double beside = before.BesideSeconds > 0 ? Math.Max(0, after.BesideSeconds - before.BesideSeconds) : 0;
        long timed = after.Calls.Count - before.Calls.Count;
        QueueFinding queue = _probes[loop.Index].Look();
        return new LoopLoad
        {
            Index = loop.Index,
            Utilisation = Math.Clamp((after.Times.RunSeconds - before.Times.RunSeconds + beside) / seconds, 0, 1),
            Waiting = Math.Clamp((after.Times.WaitSeconds - before.Times.WaitSeconds) / seconds, 0, 1),
            SystemShare = ticks > 0 ? systemTicks / ticks : 0,
            EntriesPerSecond = entries / seconds,
            EntriesPerBatch = traps > 0 ? entries / traps : entries,
            TrapsPerEntry = entries > 0 ? traps / entries : 0,
            PageOccupancy = (double)loop.Loop.UsedEntries / loop.Loop.EntryCount,
            CompletionLatencyMicroseconds = timed > 0 ? (after.Calls.Total - before.Calls.Total).TotalMicroseconds / timed : 0,
            QueuedWork = queue.Work,
            QueueWaitMicroseconds = queue.WaitMicroseconds,
            BytesPerSecond = (after.Bytes - before.Bytes) / seconds,
            Connections = loop.Io.ConnectionCount,
            NewConnectionsPerSecond = (after.TakenConnections - before.TakenConnections) / seconds,
            Actors = _group.Population.Of(loop.Index),
        };
    }

    private void TimeCalls(bool isOn)
    {
        foreach (ActorLoop loop in _group.StartedLoops)
        {
            loop.Loop.TimesCalls = isOn;
        }
    }

    private readonly record struct Counters(
        ThreadTimes Times, long Entries, long Traps, long Bytes, long TakenConnections, CallTimes Calls, LoopActivity Activity,
        double BesideSeconds, double SameRunSeconds = 0);
}
