using Akka.Dispatch;
using Akka.Event;

namespace FlexSc.Akka.Loops;

/// <summary>
/// Has a loop with more to do than it comes to give actors to a loop that has nothing to do, had time left, or where they would have waited for less
/// long, for good. Actors are spread by their number when they are made, and what each will have to do nobody knows then; a thread pool evens that
/// out by itself. On the loop's thread.
/// </summary>
/// <remarks>
/// Only actors that handle no connection and that nobody has placed: those of connections move with them, as placement plans it. While the turns
/// of a loop end with nothing left it costs a comparison each.
/// </remarks>
internal sealed class ActorSharing
{
    /// <summary>Other loops that are looked at within one judgement: they are other ones each time.</summary>
    private const int MostCandidates = 4;

    /// <summary>Most actors that go at once.</summary>
    private const int MostAtOnce = 256;

    /// <summary>What is judged is the time since the judgement before, so it sees what came of it.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(50);

    private readonly ActorLoop _loop;
    private readonly TimeSpan _turnBudget;
    private readonly List<LoopLoadWindow> _loads = [];
    private int _firstCandidate;
    private int _nextPeer;
    private bool _isBehind;
    private long _began;
    private int _toGive;
    private int _toLookAt;
    private ActorLoop? _target;
    private long _given;

    public ActorSharing(ActorLoop loop)
    {
        _loop = loop;
        _turnBudget = TimeSpan.FromMicroseconds(loop.Group.Settings.LoopOptions.TurnBudgetMicroseconds);

        // A loop that is stepped has no thread to be idle.
        IsOn = loop.Loop.HasThread && loop.Group.Settings is { SharesActors: true, Placement: LoopPlacement.Spread, Count: > 1 };
    }

    /// <summary>Whether it is done at all.</summary>
    public bool IsOn { get; }

    /// <summary>Actors given away so far. From any thread, then possibly a little old.</summary>
    public long Given => Volatile.Read(ref _given);

    /// <summary>Whether <see cref="TryGive"/> is to be called before a mailbox is run.</summary>
    public bool IsGiving => _toGive > 0 || _isBehind;

    /// <summary>A turn has run mailboxes.</summary>
    /// <param name="elapsed">What they took together.</param>
    public void OnTurn(TimeSpan elapsed)
    {
        _isBehind = elapsed >= _turnBudget && _loop.Loop.ReadyWork > 0;
        if (!_isBehind)
        {
            return;
        }

        TimeSpan since = _loop.Group.Clock.GetElapsedTime(_began);
        if (_loads.Count == 0 || since > 2 * Window)
        {
            // Nothing was left for so long: what was before says nothing of now.
            Begin();
            return;
        }

        foreach (LoopLoadWindow load in _loads)
        {
            load.Look();
        }

        if (since >= Window)
        {
            Judge(since);
            Begin();
        }
    }

    /// <summary>Gives a mailbox, which is about to run, to the loop that was found to have time.</summary>
    /// <returns>False when it is to run here.</returns>
    public bool TryGive(Mailbox mailbox)
    {
        if (_toGive == 0)
        {
            // This one stays: an actor that always has something to do would change its loop whenever another waits beside it.
            FindIdle();
            return false;
        }

        if (--_toLookAt <= 0)
        {
            _toGive = 0;
        }

        if (mailbox.Dispatcher is not IEvictingDispatcher { MayEvict: true } dispatcher || !dispatcher.TryShare(mailbox, _loop, _target!))
        {
            return false;
        }

        _toGive = Math.Max(_toGive - 1, 0);
        Volatile.Write(ref _given, _given + 1);
        return _target!.TrySchedule(mailbox);
    }

    /// <summary>
    /// Looks at another loop, at the next one each time. One that has nothing to do gets half of what waits here, at once. Two whose actors tell each
    /// other things wait for each other in turn, which no average of a longer time says, and what one of them leaves undone is short.
    /// </summary>
    private void FindIdle()
    {
        int waiting = _loop.Loop.ReadyWork;
        IReadOnlyList<ActorLoop> loops = _loop.Group.StartedLoops;
        if (waiting < 2 || loops.Count < 2)
        {
            return;
        }

        _nextPeer = (_nextPeer + 1) % (loops.Count - 1);
        ActorLoop other = loops[(_loop.Index + 1 + _nextPeer) % loops.Count];
        if (other.Loop.IsIdle && _loop.Group.TakesNew(other))
        {
            _target = other;
            _toGive = Math.Min(waiting / 2, MostAtOnce);
            _toLookAt = waiting;
        }
    }

    private void Begin()
    {
        IReadOnlyList<ActorLoop> loops = _loop.Group.StartedLoops;
        int others = loops.Count - 1;
        if (others < 1)
        {
            return;
        }

        _loads.Clear();
        _loads.Add(new LoopLoadWindow(_loop));
        for (int i = 0; i < Math.Min(others, MostCandidates); i++)
        {
            _loads.Add(new LoopLoadWindow(loops[(_loop.Index + 1 + ((_firstCandidate + i) % others)) % loops.Count]));
        }

        _firstCandidate = (_firstCandidate + MostCandidates) % others;
        _began = _loop.Group.Clock.GetTimestamp();
    }

    private void Judge(TimeSpan elapsed)
    {
        WorkLoad own = _loads[0].Take(elapsed);
        int most = 0;
        foreach (LoopLoadWindow window in _loads.Skip(1).Where(window => _loop.Group.TakesNew(window.Loop)))
        {
            WorkLoad load = window.Take(elapsed);
            int gives = own.SurplusOver(load);
            if (gives > most)
            {
                (most, _target) = (gives, window.Loop);
            }
        }

        if (most > 0)
        {
            _toGive = Math.Min(most, MostAtOnce);
            _toLookAt = (int)Math.Ceiling(own.Waiting);
            _loop.Group.Log.Debug("loop {0} gives {1} of {2} actors that wait to loop {3}", _loop.Index, _toGive, _toLookAt, _target!.Index);
        }
    }
}
