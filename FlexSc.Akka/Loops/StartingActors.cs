using Akka.Actor;

namespace FlexSc.Akka.Loops;

/// <summary>
/// What waits for actors to begin: a top-level one has no mailbox until its guardian comes to it. Bounded by the actors that are about to
/// begin: each leaves when it does. From any thread.
/// </summary>
internal sealed class StartingActors
{
    private readonly Lock _gate = new();
    private readonly Dictionary<IActorRef, Action> _waiting = new(ReferenceEqualityComparer.Instance);

    /// <summary>For a look without the lock.</summary>
    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Adds what is to be done when an actor begins. Whoever adds looks afterwards whether it has begun meanwhile.</summary>
    public void Add(IActorRef actor, Action onBegun)
    {
        lock (_gate)
        {
            _waiting[actor] = _waiting.TryGetValue(actor, out Action? before) ? before + onBegun : onBegun;

            // A full fence: the look whether it has begun must come after this, as the look here comes after it has a cell.
            Interlocked.Exchange(ref _count, _waiting.Count);
        }
    }

    /// <summary>An actor has its mailbox, and has not run yet or has begun to: does what waits for it, once.</summary>
    public void OnBegun(IActorRef actor)
    {
        if (IsEmpty)
        {
            return;
        }

        Action? waiting;
        lock (_gate)
        {
            _waiting.Remove(actor, out waiting);
            Volatile.Write(ref _count, _waiting.Count);
        }

        waiting?.Invoke();
    }
}
