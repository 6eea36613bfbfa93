using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The mailboxes of actors that followed a connection to its loop and whose queue cannot carry that itself. Bounded by the actors
/// that handle connections: each leaves when it stops. From any thread.
/// </summary>
/// <remarks>
/// Not a table of weak keys: the collector looks at each of its entries in every collection, which with 100,000 actors costs more
/// than running them.
/// </remarks>
internal sealed class FollowingActors
{
    private readonly ConcurrentDictionary<Mailbox, ActorLoop> _loops = new();

    /// <summary>For a look without a lock; kept beside the table, whose own count locks all of it.</summary>
    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public bool TryGetLoop(Mailbox mailbox, [NotNullWhen(true)] out ActorLoop? loop) => _loops.TryGetValue(mailbox, out loop);

    /// <summary>Keeps the first loop it was added with.</summary>
    public void Add(Mailbox mailbox, ActorLoop loop)
    {
        if (_loops.TryAdd(mailbox, loop))
        {
            Interlocked.Increment(ref _count);
        }
    }

    /// <summary>Has it live on another loop than the one it was added with, or than its home.</summary>
    public void Move(Mailbox mailbox, ActorLoop loop)
    {
        if (_loops.TryAdd(mailbox, loop))
        {
            Interlocked.Increment(ref _count);
        }
        else
        {
            _loops.TryUpdate(mailbox, loop, _loops.GetValueOrDefault(mailbox, loop));
        }
    }

    public void Remove(Mailbox mailbox)
    {
        if (!IsEmpty && _loops.TryRemove(mailbox, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }
}
