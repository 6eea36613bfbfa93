using System.Diagnostics;
using Akka.Actor;

namespace FlexSc.Akka.IO;

/// <summary>
/// The receptions of one socket that are outside, with its handler, and the message objects it uses again. On the loop's thread
/// unless said otherwise.
/// </summary>
internal sealed class Receptions(IReceptionOwner owner)
{
    /// <summary>
    /// Objects that rest before one is used again: a second release that follows the first too late finds an object at rest, not one
    /// that carries other bytes.
    /// </summary>
    private const int RestingObjects = 4;

    private const int MostRestingObjects = 16;

    private PooledReceived? _outside;
    private PooledReceived? _firstResting;
    private PooledReceived? _lastResting;
    private int _resting;

    /// <summary>Nothing is outside.</summary>
    public bool IsEmpty => _outside is null;

    /// <summary>A message for bytes in a receive buffer.</summary>
    public unsafe PooledReceived Hand(ushort bufferId, byte* bytes, int length)
    {
        PooledReceived reception = TakeResting() ?? new PooledReceived(this);
        reception.Set(bufferId, bytes, length);
        reception.Previous = null;
        reception.Next = _outside;
        if (_outside is not null)
        {
            _outside.Previous = reception;
        }

        _outside = reception;
        owner.LoopReceptions.NoteOutside(bufferId, reception);
        return reception;
    }

    /// <summary>A reception was released. From any thread.</summary>
    public void ReturnFromAnywhere(PooledReceived reception)
    {
        if (owner.ActorLoop.IsCurrent)
        {
            Return(reception);
        }
        else
        {
            owner.Self.Tell(reception.ReleaseNotice, ActorRefs.NoSender);
        }
    }

    /// <summary>Takes a released reception back.</summary>
    public void Return(PooledReceived reception)
    {
        owner.ReadAhead.OnReleased(reception);
        if (reception.IsCopy)
        {
            return;
        }

        TakeBack(reception);
        reception.MarkUnused();
        if (_resting < MostRestingObjects)
        {
            reception.Next = null;
            if (_lastResting is null)
            {
                _firstResting = reception;
            }
            else
            {
                _lastResting.Next = reception;
            }

            _lastResting = reception;
            _resting++;
        }
    }

    /// <summary>The handler has died: what it has not released will not be released by anyone else.</summary>
    public void Reclaim()
    {
        for (PooledReceived? reception = _outside; reception is not null;)
        {
            PooledReceived? next = reception.Next;

            // One that was released on another thread is on its way here.
            if (reception.TryReclaim())
            {
                TakeBack(reception);
            }

            reception = next;
        }
    }

    private void TakeBack(PooledReceived reception)
    {
        if (reception.Previous is null)
        {
            Debug.Assert(_outside == reception, "a reception of another connection");
            _outside = reception.Next;
        }
        else
        {
            reception.Previous.Next = reception.Next;
        }

        if (reception.Next is not null)
        {
            reception.Next.Previous = reception.Previous;
        }

        reception.Previous = null;
        reception.Next = null;
        owner.LoopReceptions.NoteReturned(reception.BufferId);
        owner.ActorLoop.Loop.Buffers.Return(reception.BufferId);
    }

    private PooledReceived? TakeResting()
    {
        if (_resting < RestingObjects)
        {
            return null;
        }

        PooledReceived reception = _firstResting!;
        _firstResting = reception.Next;
        _lastResting = _firstResting is null ? null : _lastResting;
        _resting--;
        return reception;
    }
}

/// <summary>A reception was released on another thread than the loop's. A message of its own: a reception that someone tells a connection is none.</summary>
internal sealed record ReceptionReleased(PooledReceived Reception) : INoSerializationVerificationNeeded, global::Akka.Event.IDeadLetterSuppression;
