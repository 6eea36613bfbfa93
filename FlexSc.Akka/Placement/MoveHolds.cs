using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Placement;

/// <summary>
/// What is not moved for now: connections that have just moved, or could not, and actors that somebody has said where they live. Bounded by
/// the moves a second and the time that each is held. From any thread.
/// </summary>
internal sealed class MoveHolds(MoveLimits limits, TimeProvider clock)
{
    // References of actors compare and hash by their path.
    private readonly ConcurrentDictionary<IMovable, Hold> _held = new(ReferenceEqualityComparer.Instance);

    /// <summary>Few: each was named by a command.</summary>
    private readonly ConditionalWeakTable<Mailbox, object> _pinned = [];

    /// <summary>Connections that are held, those included whose time is over and that were not swept yet.</summary>
    public int Count => _held.Count;

    /// <summary>Whether it is to be left alone.</summary>
    public bool IsHeld(IMovable connection) => _held.TryGetValue(connection, out Hold hold) && !IsOver(hold);

    /// <summary>It is about to leave, until it is said what became of it.</summary>
    public void OnLeaving(IMovable connection) => Keep(connection, TimeSpan.MaxValue);

    /// <summary>It stays for a while where it has come to.</summary>
    public void OnMoved(IMovable connection) => Keep(connection, limits.MinimumStay);

    /// <summary>It is not tried again for a while.</summary>
    public void OnRefused(IMovable connection) => Keep(connection, limits.Retry);

    /// <summary>Somebody has said where the actor of a mailbox lives: it stays there until somebody says otherwise.</summary>
    public void Pin(Mailbox mailbox) => _pinned.AddOrUpdate(mailbox, this);

    /// <summary>Whether somebody has.</summary>
    public bool IsPinned(Mailbox mailbox) => _pinned.TryGetValue(mailbox, out _);

    /// <summary>Forgets those whose time is over, and those that have ended.</summary>
    public void Sweep()
    {
        foreach ((IMovable connection, Hold hold) in _held)
        {
            if (connection.IsEnding || IsOver(hold))
            {
                _held.TryRemove(KeyValuePair.Create(connection, hold));
            }
        }
    }

    private void Keep(IMovable connection, TimeSpan time)
    {
        if (time > TimeSpan.Zero && !connection.IsEnding)
        {
            _held[connection] = new Hold(clock.GetTimestamp(), time);
        }
        else
        {
            _held.TryRemove(connection, out _);
        }
    }

    private bool IsOver(Hold hold) => clock.GetElapsedTime(hold.Since) >= hold.Time;

    private readonly record struct Hold(long Since, TimeSpan Time);
}
