using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The queue of <c>flexsc.mailbox</c>: unbounded as Akka.NET's, and small while it holds little, since a server has an actor
/// for each connection. Any thread enqueues; one at a time dequeues, which is what a mailbox does. It allocates only to grow.
/// </summary>
/// <remarks>
/// Rings linked in a chain. A full ring is followed by one of twice its slots; the reader drains the old one first and then leaves
/// it to the collector, so in the long run there is one ring, as large as the queue was long.
/// </remarks>
internal sealed class LoopMessageQueue(IActorRef owner) : IMessageQueue, IUnboundedMessageQueueSemantics
{
    /// <summary>Slots of the first ring; a power of two. Most actors of connections have one message or two at a time.</summary>
    private const int FirstSlots = 4;

    /// <summary>An empty ring with more slots than these is replaced by a first one: a burst of yesterday costs no memory today.</summary>
    private const int LargestKeptSlots = 1024;

    /// <summary>Slots of the largest ring; a longer queue is a chain of these.</summary>
    private const int LargestSlots = 1 << 20;

    // Whether the actor may be given to another loop.
    private const int Free = 0;
    private const int BeingGiven = 1;
    private const int Settled = 2;

    private Ring _first = new(FirstSlots);
    private Ring? _last;
    private bool _isEvicted;
    private int _residence;

    /// <summary>1 while a thread enqueues: for some ten instructions, so the others spin.</summary>
    private int _enqueuing;

    public IActorRef Owner => owner;

    /// <summary>
    /// Where the actor lives; null for the home loop of its dispatcher. Written by whoever moves the actor; one who still reads the
    /// old value schedules one more run there, which is harmless: a mailbox runs in one place at a time.
    /// </summary>
    public ActorLoop? Loop { get; set; }

    /// <summary>True while its actor runs on the thread pool: a run that is under way on the loop ends behind its message.</summary>
    public bool IsEvicted
    {
        get => Volatile.Read(ref _isEvicted);
        set => Volatile.Write(ref _isEvicted, value);
    }

    /// <summary>Whether a message is in it, or a thread is about to put one; see <see cref="QueueProtocol{TItem,TMemory}"/>.</summary>
    public bool HasMessages => QueueProtocol<Envelope, MachineMemory>.MayHaveItems(new MachineMemory(this));

    /// <summary>A snapshot when read by another thread.</summary>
    public int Count
    {
        get
        {
            long count = 0;
            for (Ring? ring = Volatile.Read(ref _first); ring is not null; ring = Volatile.Read(ref ring.Next))
            {
                count += ring.Count;
            }

            return (int)Math.Min(count, int.MaxValue);
        }
    }

    /// <summary>The actor follows a connection to a loop, or somebody has said that it lives there: it is not given to another from then on.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="isFirst">Whether it stays with the first loop that it came to in one of these ways.</param>
    public void Settle(ActorLoop loop, bool isFirst)
    {
        // Being given takes some ten instructions.
        SpinWait spin = default;
        int before;
        while ((before = Interlocked.CompareExchange(ref _residence, Settled, Free)) == BeingGiven)
        {
            spin.SpinOnce(sleep1Threshold: -1);
        }

        if (before == Free || !isFirst)
        {
            Loop = loop;
        }
    }

    /// <summary>Has the actor live on another loop until it settles or is given on.</summary>
    /// <returns>False when it has settled.</returns>
    public bool TryGive(ActorLoop loop)
    {
        if (Interlocked.CompareExchange(ref _residence, BeingGiven, Free) != Free)
        {
            return false;
        }

        Loop = loop;
        Volatile.Write(ref _residence, Free);
        return true;
    }

    public void Enqueue(IActorRef receiver, Envelope envelope) =>
        QueueProtocol<Envelope, MachineMemory>.Put(new MachineMemory(this), envelope);

    private void Add(in Envelope envelope)
    {
        Ring ring = _last ?? _first;
        uint tail = ring.Tail;
        uint count = tail - Volatile.Read(ref ring.Head);
        if (count == (uint)ring.Slots.Length || (count == 0 && ring.Slots.Length > LargestKeptSlots))
        {
            Ring next = new(count == 0 ? FirstSlots : Math.Min(ring.Slots.Length * 2, LargestSlots));
            next.Slots[0] = envelope;
            next.Tail = 1;
            _last = next;

            // Release: who sees the ring must see the message in it, and the final tail of the one before.
            Volatile.Write(ref ring.Next, next);
        }
        else
        {
            ring.Slots[tail & (uint)(ring.Slots.Length - 1)] = envelope;

            // Release: who sees the new tail must see the message.
            Volatile.Write(ref ring.Tail, tail + 1);
        }
    }

    /// <summary>
    /// As a mailbox takes them. While the mailbox runs on a loop, false also when the time is over that its run may take: the mailbox
    /// then finds that it has messages and schedules itself again.
    /// </summary>
    public bool TryDequeue(out Envelope envelope)
    {
        if (NextRing() is { } ring && (ActorLoop.Current is not { } loop || loop.MayGoOn(this)))
        {
            envelope = TakeFrom(ring);
            return true;
        }

        envelope = default;
        return false;
    }

    /// <summary>Takes the next message if there is one.</summary>
    public bool TryTake(out Envelope envelope)
    {
        if (NextRing() is { } ring)
        {
            envelope = TakeFrom(ring);
            return true;
        }

        envelope = default;
        return false;
    }

    public void CleanUp(IActorRef owner, IMessageQueue deadletters)
    {
        while (TryTake(out Envelope envelope))
        {
            deadletters.Enqueue(owner, envelope);
        }
    }

    private static Envelope TakeFrom(Ring ring)
    {
        uint head = ring.Head;
        ref Envelope slot = ref ring.Slots[head & (uint)(ring.Slots.Length - 1)];
        Envelope envelope = slot;
        slot = default;

        // Release: whoever writes into the slot again must come after it was read.
        Volatile.Write(ref ring.Head, head + 1);
        return envelope;
    }

    /// <summary>The ring that holds the next message, or null when there is none.</summary>
    private Ring? NextRing()
    {
        Ring ring = _first;
        while (ring.Head == Volatile.Read(ref ring.Tail))
        {
            // A ring with a successor has its final tail, but it may have moved since the look above.
            Ring? next = Volatile.Read(ref ring.Next);
            if (next is null)
            {
                return null;
            }

            if (ring.Head == Volatile.Read(ref ring.Tail))
            {
                ring = next;
                Volatile.Write(ref _first, next);
            }
        }

        return ring;
    }

    private bool HasMessageInRings()
    {
        for (Ring? ring = Volatile.Read(ref _first); ring is not null; ring = Volatile.Read(ref ring.Next))
        {
            if (ring.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void AwaitUnmarked()
    {
        SpinWait spin = default;
        do
        {
            // Never a sleep of a millisecond: a holder that lost its core has it back after a yield or two.
            spin.SpinOnce(sleep1Threshold: -1);
        }
        while (Volatile.Read(ref _enqueuing) != 0);
    }

    /// <summary>The memory of the machine.</summary>
    private readonly struct MachineMemory(LoopMessageQueue queue) : IQueueMemory<Envelope>
    {
        public bool IsMarked => Volatile.Read(ref queue._enqueuing) != 0;

        public bool HasItems => queue.HasMessageInRings();

        public bool TryMark() => Interlocked.Exchange(ref queue._enqueuing, 1) == 0;

        public void AwaitUnmarked() => queue.AwaitUnmarked();

        public void Add(in Envelope item) => queue.Add(item);

        public void Unmark() => Volatile.Write(ref queue._enqueuing, 0);
    }

    private sealed class Ring(int slots)
    {
        public readonly Envelope[] Slots = new Envelope[slots];

        /// <summary>Position of the next message to take; written by the reader.</summary>
        public uint Head;

        /// <summary>Position of the next message to put; written by who enqueues.</summary>
        public uint Tail;

        public Ring? Next;

        public uint Count
        {
            get
            {
                // The head first: read the other way round, a reader that overtakes makes the difference negative.
                uint head = Volatile.Read(ref Head);
                return Volatile.Read(ref Tail) - head;
            }
        }
    }
}
