using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>One direction of a descriptor.</summary>
internal struct DirectionState
{
    /// <summary>An attempt is worth making: set by an edge, taken back by an attempt that would wait.</summary>
    public bool IsReady;

    /// <summary>A syscall thread makes an attempt for the first call.</summary>
    public bool IsExecuting;

    /// <summary>Edges seen. An attempt that would wait takes readiness back only if none came meanwhile.</summary>
    public uint Edges;
}

/// <summary>What a loop knows of a descriptor that it serves by edges of epoll. The generation tells the owners of its number apart.</summary>
internal sealed class EpollDescriptor : Descriptor
{
    private DirectionState _read;
    private DirectionState _write;

    public EpollDescriptor(int fileDescriptor) : base(fileDescriptor) => Reset();

    /// <summary>Which owner of the number this is; travels with every event, so that a late one is not taken for the next owner's.</summary>
    public uint Generation { get; private set; }

    /// <summary>In the epoll set.</summary>
    public bool IsRegistered { get; set; }

    /// <summary>It is known whether this is a TCP socket.</summary>
    public bool IsProtocolKnown { get; set; }

    /// <summary>
    /// A TCP socket: a receive that got less than it asked for has emptied it, so the next one may wait for an edge without an
    /// attempt. With message boundaries, and with UNIX sockets that pass descriptors, a short receive says nothing.
    /// </summary>
    public bool IsTcp { get; set; }

    /// <summary>The other side has ended or an error is there: no edge will announce it again, so a short receive says nothing.</summary>
    public bool IsHungUp { get; set; }

    /// <summary>An edge came since the waits for readiness were looked at.</summary>
    public bool IsReadinessDue { get; set; }

    /// <summary>In the list of descriptors to be served.</summary>
    public bool IsListed { get; set; }

    public ref DirectionState Direction(CallDirection direction)
    {
        Debug.Assert(direction is CallDirection.Read or CallDirection.Write, "no direction");
        return ref direction == CallDirection.Read ? ref _read : ref _write;
    }

    /// <summary>What epoll gives back with every event.</summary>
    public ulong EventData => ((ulong)Generation << 32) | (uint)FileDescriptor;

    /// <summary>Notes an event.</summary>
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
        IsReadinessDue = !QueueOf(CallDirection.Either).IsEmpty;
    }

    /// <summary>True when an event is of use to a call that waits.</summary>
    public bool HasWork => (_read.IsReady && !QueueOf(CallDirection.Read).IsEmpty)
        || (_write.IsReady && !QueueOf(CallDirection.Write).IsEmpty) || IsReadinessDue;

    public override void Reset()
    {
        base.Reset();
        Generation++;
        IsRegistered = false;
        IsProtocolKnown = false;
        IsTcp = false;
        IsHungUp = false;
        IsReadinessDue = false;

        // Nothing is known of reading, which the registration will tell; writing is possible more often than not.
        _read.IsReady = false;
        _write.IsReady = true;

        // Edges count on: an attempt under way must not take this for the state it began with.
        _read.Edges++;
        _write.Edges++;
    }
}
