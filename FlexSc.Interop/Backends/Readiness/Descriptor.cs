using System.Diagnostics;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// What a loop knows of a descriptor: which calls wait for it, and how it was made. One object a number, used again for the
/// number's next owner. On the loop's thread.
/// </summary>
internal abstract class Descriptor(int fileDescriptor)
{
    private CallQueue _read = CallQueue.Empty;
    private CallQueue _write = CallQueue.Empty;

    /// <summary>Waits for readiness itself.</summary>
    private CallQueue _readiness = CallQueue.Empty;

    public int FileDescriptor => fileDescriptor;

    /// <summary>
    /// Made by a call of this loop. The number of any other descriptor may have been closed and given away without our knowledge,
    /// so that it is looked at again for every call that depends on what it is.
    /// </summary>
    public bool IsOwn { get; set; }

    /// <summary>O_NONBLOCK is set.</summary>
    public bool IsNonBlocking { get; set; }

    /// <summary>Calls on it that a syscall thread or the kernel module has.</summary>
    public int CallsInFlight { get; set; }

    /// <summary>Entry of a call that ends this descriptor and waits for those calls; -1 for none.</summary>
    public int ClosingEntry { get; set; } = -1;

    /// <summary>Calls that wait, first come, first served.</summary>
    public ref CallQueue QueueOf(CallDirection direction)
    {
        Debug.Assert(direction != CallDirection.None, "the call is not bound to a descriptor");
        switch (direction)
        {
            case CallDirection.Read:
                return ref _read;
            case CallDirection.Write:
                return ref _write;
            default:
                return ref _readiness;
        }
    }

    /// <summary>The number has, or is about to have, another owner.</summary>
    public virtual void Reset()
    {
        IsOwn = false;
        IsNonBlocking = false;
    }
}
