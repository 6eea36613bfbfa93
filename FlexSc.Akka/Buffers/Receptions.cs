using System.Diagnostics;
using Akka.Actor;
using Akka.Dispatch;
using FlexSc.Akka.Loops;

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

    private readonly ActorLoop _home = owner.ActorLoop;
    private readonly LoopReceptions _loopReceptions = owner.LoopReceptions;
    private PooledReceived? _outside;
    private PooledReceived? _firstResting;
    private PooledReceived? _lastResting;
    private int _resting;

    /// <summary>The socket lives on another loop; the buffers that are outside still belong to this one. On this loop's thread.</summary>
    private bool _isLeft;

    /// <summary>How many of those were outside then, and are not back. Of the socket's thread.</summary>
    private int _formerOutside;

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
        _loopReceptions.NoteOutside(bufferId, reception);
        return reception;
    }

    /// <summary>A reception was released. From any thread.</summary>
    public void ReturnFromAnywhere(PooledReceived reception)
    {
        if (_home.IsCurrent && !(_isLeft && reception.IsCopy))
        {
            Return(reception);
        }
        else
        {
            owner.Self.Tell(reception.ReleaseNotice, ActorRefs.NoSender);
        }
    }

    /// <summary>Takes a released reception back. On the loop's thread, or on that of the loop where the socket lives now.</summary>
    public void Return(PooledReceived reception)
    {
        if (reception.IsCopy)
        {
            owner.ReadAhead.OnReleased(reception);
            return;
        }

        if (!_home.IsCurrent)
        {
            Homecoming homecoming = new(this, reception);
            if (!_home.TrySchedule(homecoming))
            {
                homecoming.OnNotRun();
            }

            return;
        }

        if (_isLeft)
        {
            TakeBack(reception);
            TellReturned(reception);
            return;
        }

        owner.ReadAhead.OnReleased(reception);
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
                if (_isLeft)
                {
                    TellReturned(reception);
                }
            }

            reception = next;
        }
    }

    /// <summary>The socket leaves the loop. Buffers that are outside come back here, and its objects serve no other reception.</summary>
    /// <returns>How many are outside.</returns>
    public int Leave()
    {
        _isLeft = true;
        for (PooledReceived? reception = _outside; reception is not null; reception = reception.Next)
        {
            _formerOutside++;
        }

        return _formerOutside;
    }

    /// <summary>The handler has died: what it has not released of a loop that was left is taken back there. From any thread.</summary>
    public void ReclaimAtHome() => _home.TrySchedule(new Reclaiming(this));

    /// <inheritdoc cref="PooledReceived.HasLeftLast"/>
    public bool CountFormer() => --_formerOutside == 0;

    private void TellReturned(PooledReceived reception) => owner.Self.Tell(new FormerReturned(reception), ActorRefs.NoSender);

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
        _loopReceptions.NoteReturned(reception.BufferId);
        _home.Loop.Buffers.Return(reception.BufferId);
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

    /// <summary>A released reception on its way to the loop that it was received on.</summary>
    private sealed class Homecoming(Receptions receptions, PooledReceived reception) : ILoopWork
    {
        public void Execute() => Run();

        public void Run() => receptions.Return(reception);

        /// <summary>The loop has ended, and its buffers with it.</summary>
        public void OnNotRun() => receptions.TellReturned(reception);
    }

    private sealed class Reclaiming(Receptions receptions) : IRunnable
    {
        public void Execute() => Run();

        public void Run() => receptions.Reclaim();
    }
}

/// <summary>A reception was released on another thread than the loop's. A message of its own: a reception that someone tells a connection is none.</summary>
internal sealed record ReceptionReleased(PooledReceived Reception) : INoSerializationVerificationNeeded, global::Akka.Event.IDeadLetterSuppression;

/// <summary>A receive buffer of a loop that its socket has left is back there.</summary>
internal sealed record FormerReturned(PooledReceived Reception) : INoSerializationVerificationNeeded, global::Akka.Event.IDeadLetterSuppression;
