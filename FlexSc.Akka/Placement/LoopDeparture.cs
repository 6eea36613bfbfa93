using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Placement;

/// <summary>What became of one that was to leave a loop, or of several that stay for the same reason.</summary>
/// <param name="From">The loop.</param>
/// <param name="To">Where it lives now; null where it stays.</param>
/// <param name="Actors">Actors: 1 or 0.</param>
/// <param name="Connections">Connections that have moved, or stay.</param>
/// <param name="Stays">Why; null when it has moved, or has ended.</param>
/// <param name="Who">The connection, the actor, or whoever counts those that stay: the latest that is said of it holds.</param>
internal sealed record Departed(int From, int? To, int Actors, int Connections, string? Stays, object Who);

/// <summary>
/// Has what a loop gives away leave it: goes through its connections, a part at each order, begins the moves and does not wait for them.
/// Where a pass over all has begun none, <see cref="HasFoundNone"/> says so. What is asked for runs on the loop's thread, one order at a time.
/// </summary>
internal sealed class LoopDeparture(ActorLoop loop, MoveLimits limits, MoveHolds holds)
{
    /// <summary>Connections looked at in one go, so that a loop with very many is not held up.</summary>
    private const int MostLookedAt = 1_024;

    private readonly ConcurrentQueue<Departed> _departed = new();
    private readonly Dictionary<string, int> _staying = new(StringComparer.Ordinal);
    private IMovable[] _pass = [];

    /// <summary>For each connection of the pass the next one of the same actor; -1 for none.</summary>
    private int[] _nextOfActor = [];

    /// <summary>The first of each actor.</summary>
    private readonly Dictionary<IActorRef, int> _firstOfActor = new(ReferenceEqualityComparer.Instance);
    private int _position;
    private int _begunInPass;
    private int _onTheirWay;

    /// <summary>Actors with their connections, and connections alone, that are about to leave. From any thread.</summary>
    public int OnTheirWay => Volatile.Read(ref _onTheirWay);

    /// <summary>Whether the pass that ended last has begun no move. While no order is carried out.</summary>
    public bool HasFoundNone { get; private set; }

    /// <summary>Connections whose moves the last order has begun. While no order is carried out.</summary>
    public int Begun { get; private set; }

    /// <summary>The next thing that became of one. From any thread.</summary>
    public Departed? Take() => _departed.TryDequeue(out Departed? departed) ? departed : null;

    /// <summary>A pass is begun, and is to go on with the next order. While no order is carried out.</summary>
    public bool IsInPass => _pass.Length > 0;

    /// <summary>
    /// Has the next order begin anew: the loop has another role, or what the pass was to look at has gone. While no order is carried out.
    /// </summary>
    public void Restart()
    {
        EndPass();
        HasFoundNone = false;
    }

    /// <summary>Carries an order out. From any thread; ends when all moves are begun that are.</summary>
    /// <param name="order">What leaves.</param>
    /// <param name="takes">Whether a loop takes what comes.</param>
    public Task<bool> CarryOutAsync(MoveOrder order, IReadOnlyList<bool> takes) =>
        loop.RunAsync(() => Task.FromResult(CarryOut(order, takes)));

    private bool CarryOut(MoveOrder order, IReadOnlyList<bool> takes)
    {
        Begun = 0;
        HasFoundNone = false;
        if (_pass.Length == 0)
        {
            BeginPass();
        }

        int begun = 0;
        for (int looked = 0; looked < MostLookedAt && begun < order.Targets.Count && _position < _pass.Length; looked++)
        {
            int index = _position++;
            if (LeavingWith(index, order, takes, order.Targets[begun]) is { } moves)
            {
                begun++;
                _begunInPass++;
                Begun += moves.Connections;
                Interlocked.Increment(ref _onTheirWay);
                _ = FollowAsync(moves.Begin);
            }
        }

        if (_position == _pass.Length)
        {
            HasFoundNone = _begunInPass == 0;
            EndPass();
        }

        return true;
    }

    /// <summary>What leaves with a connection; null where nothing does.</summary>
    private Leaving? LeavingWith(int index, MoveOrder order, IReadOnlyList<bool> takes, int target)
    {
        IMovable connection = _pass[index];
        if (!IsHere(connection) || connection.Handler is not { } handler)
        {
            return null;
        }

        LoopGroup group = loop.Group;
        if (LoopAssignments.TryFind(handler) is not (var mailbox, var home) || home.Group != group || home != loop)
        {
            // Where its actor lives on a loop, that is the best place for it.
            int best = LoopAssignments.TryLoopOf(handler, group) is { } other && other != loop && takes[other.Index] ? other.Index : target;
            return holds.IsHeld(connection) ? null : new Leaving(1, () => MoveAsync(connection, group.Loops[best]));
        }

        if (_firstOfActor.GetValueOrDefault(handler, -1) != index || holds.IsPinned(mailbox) || (!order.IsAll && !IsIdle(mailbox)))
        {
            return null;
        }

        List<IMovable> all = OfActor(index);
        if (mailbox.Dispatcher is IEvictingDispatcher { MayEvict: false })
        {
            CountStaying("their actors depend on running on their loop (evict = off in the section of their dispatcher)", all.Count);
            return null;
        }

        return all.Exists(holds.IsHeld) ? null : new Leaving(all.Count, () => MoveAsync(handler, all, group.Loops[target]));
    }

    /// <summary>What is here of one actor, the first of which is at an index of the pass.</summary>
    private List<IMovable> OfActor(int index)
    {
        List<IMovable> all = [];
        for (int i = index; i >= 0; i = _nextOfActor[i])
        {
            if (IsHere(_pass[i]))
            {
                all.Add(_pass[i]);
            }
        }

        return all;
    }

    private bool IsHere(IMovable connection) => connection.ActorLoop == loop && !connection.IsEnding;

    private bool IsIdle(Mailbox mailbox) => !mailbox.MessageQueue.HasMessages && !loop.Group.Evictions.TryGet(mailbox, out _);

    private void CountStaying(string reason, int connections) => _staying[reason] = _staying.GetValueOrDefault(reason) + connections;

    private async Task<Departed> MoveAsync(IMovable connection, ActorLoop target)
    {
        holds.OnLeaving(connection);
        string? refusal = await connection.MoveAsync(target).ConfigureAwait(false);
        Hold(connection, refusal is null);
        return new Departed(loop.Index, refusal is null ? target.Index : null, 0, 1, connection.IsEnding ? null : refusal, connection);
    }

    private async Task<Departed> MoveAsync(IActorRef actor, List<IMovable> connections, ActorLoop target)
    {
        foreach (IMovable connection in connections)
        {
            holds.OnLeaving(connection);
        }

        ActorMove move = await ActorMoves.MoveAsync(actor, connections, target, limits.AtATime).ConfigureAwait(false);
        foreach (IMovable connection in connections)
        {
            Hold(connection, move.Refusal is null);
        }

        if (move.Refusal is not { } refusal)
        {
            return new Departed(loop.Index, target.Index, 1, connections.Count, null, actor);
        }

        if (move.Connections > 0)
        {
            // They went before the one that stays, and their actor with it.
            _departed.Enqueue(new Departed(loop.Index, target.Index, 0, move.Connections, null, actor));
        }

        int left = connections.Count - move.Connections;
        bool haveEnded = connections.All(static connection => connection.IsEnding);
        return new Departed(loop.Index, null, 1, left, haveEnded || left == 0 ? null : refusal, actor);
    }

    private void Hold(IMovable connection, bool hasMoved)
    {
        if (hasMoved)
        {
            holds.OnMoved(connection);
        }
        else
        {
            holds.OnRefused(connection);
        }
    }

    private async Task FollowAsync(Func<Task<Departed>> begin)
    {
        try
        {
            _departed.Enqueue(await begin().ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            // Nothing of it is to throw: it must not be counted as on its way for ever, nor be lost.
            loop.Group.Log.Error(exception, "what was to leave loop {0} stays", loop.Index);
        }
        finally
        {
            Interlocked.Decrement(ref _onTheirWay);
        }
    }

    private void BeginPass()
    {
        _pass = loop.Io.Movables();
        _nextOfActor = new int[_pass.Length];
        for (int i = _pass.Length - 1; i >= 0; i--)
        {
            _nextOfActor[i] = _pass[i].Handler is { } handler ? _firstOfActor.GetValueOrDefault(handler, -1) : -1;
            if (_pass[i].Handler is { } first)
            {
                _firstOfActor[first] = i;
            }
        }

        _position = 0;
        _begunInPass = 0;
    }

    private void EndPass()
    {
        foreach ((string reason, int connections) in _staying)
        {
            _departed.Enqueue(new Departed(loop.Index, null, 0, connections, reason, this));
        }

        _staying.Clear();
        _firstOfActor.Clear();
        (_pass, _nextOfActor) = ([], []);
        _position = 0;
    }

    /// <summary>What leaves together.</summary>
    /// <param name="Connections">How many connections.</param>
    /// <param name="Begin">Has them leave.</param>
    private sealed record Leaving(int Connections, Func<Task<Departed>> Begin);
}
