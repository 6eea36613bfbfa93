using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Akka.Dispatch;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The mailboxes of actors that live on another loop than their dispatcher's, because they followed a connection to it or were given to it, and
/// whose queue cannot carry that itself. Bounded by the actors that there are: each leaves when it stops. From any thread.
/// </summary>
/// <remarks>
/// Not a table of weak keys: the collector looks at each of its entries in every collection, which with 100,000 actors costs more
/// than running them.
/// </remarks>
internal sealed class FollowingActors
{
    private readonly ConcurrentDictionary<Mailbox, Residence> _residences = new();

    /// <summary>For a look without a lock; kept beside the table, whose own count locks all of it.</summary>
    private int _count;

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    public bool TryGetLoop(Mailbox mailbox, [NotNullWhen(true)] out ActorLoop? loop)
    {
        bool isThere = _residences.TryGetValue(mailbox, out Residence residence);
        loop = residence.Loop;
        return isThere;
    }

    /// <summary>It followed a connection: it keeps the first loop that it followed one to, or was moved to by name.</summary>
    public void Add(Mailbox mailbox, ActorLoop loop) => Change(mailbox, loop, stays: true, replacesStaying: false);

    /// <summary>Has it live on another loop than the one it was added with, or than its home.</summary>
    public void Move(Mailbox mailbox, ActorLoop loop) => Change(mailbox, loop, stays: true, replacesStaying: true);

    /// <summary>Has it live on another loop until it is given on, follows a connection or is moved by name.</summary>
    /// <returns>False for one that has done so: it stays.</returns>
    public bool TryGive(Mailbox mailbox, ActorLoop loop) => Change(mailbox, loop, stays: false, replacesStaying: false);

    private bool Change(Mailbox mailbox, ActorLoop loop, bool stays, bool replacesStaying)
    {
        Residence residence = new(loop, stays);
        while (!_residences.TryAdd(mailbox, residence))
        {
            if (!_residences.TryGetValue(mailbox, out Residence before))
            {
                continue;
            }

            if (before.Stays && !replacesStaying)
            {
                return false;
            }

            if (_residences.TryUpdate(mailbox, residence, before))
            {
                return true;
            }
        }

        Interlocked.Increment(ref _count);
        return true;
    }

    public void Remove(Mailbox mailbox)
    {
        if (!IsEmpty && _residences.TryRemove(mailbox, out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <param name="Loop">Where it lives.</param>
    /// <param name="Stays">Whether it follows a connection, or somebody has said that it lives there.</param>
    private readonly record struct Residence(ActorLoop Loop, bool Stays);
}
