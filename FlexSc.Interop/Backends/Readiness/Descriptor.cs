using System.Diagnostics;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What is known of a descriptor.</summary>
internal enum DescriptorKind : byte
{
    /// <summary>Nothing.</summary>
    Unknown = 0,

    /// <summary>A file or a directory: calls on it wait for a disk.</summary>
    File = 1,

    /// <summary>Calls on it wait for readiness.</summary>
    Waitable = 2,

    /// <summary>The same, and it is no TCP socket.</summary>
    NotTcp = 3,

    /// <summary>
    /// A TCP socket: a receive that got less than it asked for has emptied it, so the next one may wait for an edge without an
    /// attempt. With message boundaries, and with UNIX sockets that pass descriptors, a short receive says nothing.
    /// </summary>
    Tcp = 4,
}

/// <summary>One direction of a descriptor.</summary>
internal struct DirectionState
{
    /// <summary>Calls that wait, first come, first served.</summary>
    public CallQueue Waiting;

    /// <summary>An attempt is worth making: set by an edge, taken back by an attempt that would wait.</summary>
    public bool IsReady;

    /// <summary>An attempt of the first call is under way elsewhere.</summary>
    public bool IsExecuting;

    /// <summary>Edges seen. An attempt that would wait takes readiness back only if none came meanwhile.</summary>
    public uint Edges;
}

/// <summary>
/// What a loop knows of a descriptor: which calls wait for it, and how it was made. One object a number, used again for the
/// number's next owner; the generation tells the owners apart. On the loop's thread.
/// </summary>
internal sealed class Descriptor
{
    private readonly bool _startsReadable;
    private DirectionState _read = new() { Waiting = CallQueue.Empty };
    private DirectionState _write = new() { Waiting = CallQueue.Empty };

    /// <summary>Waits for readiness itself.</summary>
    private CallQueue _readiness = CallQueue.Empty;

    /// <param name="fileDescriptor">The number.</param>
    /// <param name="startsReadable">A first receive is worth an attempt; else the registration tells.</param>
    public Descriptor(int fileDescriptor, bool startsReadable)
    {
        FileDescriptor = fileDescriptor;
        _startsReadable = startsReadable;
        Reset();
    }

    public int FileDescriptor { get; }

    /// <summary>Which owner of the number this is; travels with every event, so that a late one is not taken for the next owner's.</summary>
    public uint Generation { get; private set; }

    /// <summary>
    /// Made by a call of this loop. The number of any other descriptor may have been closed and given away without our knowledge,
    /// so that it is looked at again for every call that depends on what it is.
    /// </summary>
    public bool IsOwn { get; set; }

    /// <summary>O_NONBLOCK is set.</summary>
    public bool IsNonBlocking { get; set; }

    /// <summary>Its readiness is told until it ends.</summary>
    public bool IsRegistered { get; set; }

    public DescriptorKind Kind { get; set; }

    /// <summary>The other side has ended or an error is there: no edge will announce it again, so a short receive says nothing.</summary>
    public bool IsHungUp { get; set; }

    /// <summary>An edge came since the waits for readiness were looked at.</summary>
    public bool IsReadinessDue { get; set; }

    /// <summary>In the list of descriptors to be served.</summary>
    public bool IsListed { get; set; }

    /// <summary>Calls on it that are under way elsewhere.</summary>
    public int CallsInFlight { get; set; }

    /// <summary>Entry of a call that ends this descriptor and waits for those calls; -1 for none.</summary>
    public int ClosingEntry { get; set; } = -1;

    public ref DirectionState Direction(CallDirection direction)
    {
        Debug.Assert(direction is CallDirection.Read or CallDirection.Write, "no direction");
        return ref direction == CallDirection.Read ? ref _read : ref _write;
    }

    /// <summary>Calls that wait, first come, first served.</summary>
    public ref CallQueue QueueOf(CallDirection direction)
    {
        Debug.Assert(direction != CallDirection.None, "the call is not bound to a descriptor");
        switch (direction)
        {
            case CallDirection.Read:
                return ref _read.Waiting;
            case CallDirection.Write:
                return ref _write.Waiting;
            default:
                return ref _readiness;
        }
    }

    /// <summary>Notes an event of epoll(7).</summary>
    public void Note(uint events)
    {
        const uint ended = EventReadHangUp | EventHangUp | EventError;
        if ((events & (EventIn | EventPriority | ended)) != 0)
        {
            _read.IsReady = true;
            _read.Edges++;
        }

        if ((events & (EventOut | EventHangUp | EventError)) != 0)
        {
            _write.IsReady = true;
            _write.Edges++;
        }

        IsHungUp |= (events & ended) != 0;
        IsReadinessDue = !_readiness.IsEmpty;
    }

    /// <summary>True when an event is of use to a call that waits.</summary>
    public bool HasWork =>
        (_read.IsReady && !_read.Waiting.IsEmpty) || (_write.IsReady && !_write.Waiting.IsEmpty) || IsReadinessDue;

    /// <summary>The number has, or is about to have, another owner.</summary>
    public void Reset()
    {
        Generation++;
        IsOwn = false;
        IsNonBlocking = false;
        IsRegistered = false;
        Kind = DescriptorKind.Unknown;
        IsHungUp = false;
        IsReadinessDue = false;

        // Of reading the registration tells; writing is possible more often than not.
        _read.IsReady = _startsReadable;
        _write.IsReady = true;

        // Edges count on: an attempt under way must not take this for the state it began with.
        _read.Edges++;
        _write.Edges++;
    }
}
