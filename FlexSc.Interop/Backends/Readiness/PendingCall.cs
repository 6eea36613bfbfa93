using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>Where a call is between its submission and its terminal completion.</summary>
internal enum CallPhase : byte
{
    /// <summary>Nowhere: completed, or its entry was never used.</summary>
    None = 0,

    /// <summary>In a queue of its descriptor.</summary>
    Waiting = 1,

    /// <summary>Under way elsewhere, and does not wait for anything but readiness; first in its queue, if it has one.</summary>
    Attempting = 2,

    /// <summary>Under way elsewhere, and may wait for something else than readiness.</summary>
    Blocking = 3,

    /// <summary>A call that ends descriptors and waits for the calls in flight on them.</summary>
    Closing = 4,

    /// <summary>A cancellation whose answer is still to come.</summary>
    Cancelling = 5,
}

/// <summary>A call that was taken from the page.</summary>
internal unsafe struct PendingCall
{
    /// <summary>Copy of the entry; a picked buffer and progress are written into its arguments.</summary>
    public SyscallEntry Entry;

    /// <summary>The call that waits behind this one; -1 ends the queue.</summary>
    public int Next;

    /// <summary>The call before this one; -1 when it is the first.</summary>
    public int Previous;

    /// <summary>Provided buffer that it holds; -1 for none.</summary>
    public int BufferId;

    /// <summary>Edges its direction had seen when the attempt began.</summary>
    public uint EdgesAtAttempt;

    /// <summary>Bytes moved by earlier attempts of a call that is to complete in full.</summary>
    public long DoneBytes;

    /// <summary>Copy of the message header whose vectors advance; null until a message was moved in part.</summary>
    public MessageCopy* Message;

    /// <summary>Of an open: O_NONBLOCK was added, so its result tells whether it has to be made once more.</summary>
    public bool IsOpenTried;

    /// <summary>Of an open that waits for its peer: what is to be closed when it ends; -1 for none.</summary>
    public int HeldDescriptor;

    public CallPhase Phase;
    public CallDirection Direction;

    /// <summary>Cancelled while the attempt is made elsewhere: it completes with the attempt's result, and waits no more.</summary>
    public bool CancelRequested;

    /// <summary>Of a cancellation: it made its call end although whoever was asked had given the call back.</summary>
    public bool HasEndedTarget;

    /// <summary>Entry of the cancellation whose answer is still to come; -1 for none.</summary>
    public int CancelledBy;

    public readonly int FileDescriptor => (int)Entry.Argument0;

    public readonly bool IsMultishot => (Entry.Flags & EntryFlags.Multishot) != 0;

    public readonly bool WantsBuffer => (Entry.Flags & EntryFlags.ProvidedBuffer) != 0;
}
