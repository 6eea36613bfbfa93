using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// What a loop knows of a descriptor: which calls wait for it, and how it was made. One object a number, used again for the
/// number's next owner. On the loop's thread.
/// </summary>
internal sealed class ModuleDescriptor(int fileDescriptor)
{
    private CallQueue _read = CallQueue.Empty;
    private CallQueue _write = CallQueue.Empty;

    /// <summary>Waits for readiness itself; the module has all of them.</summary>
    private CallQueue _readiness = CallQueue.Empty;

    public int FileDescriptor => fileDescriptor;

    /// <summary>
    /// Made by a call of this loop. The number of any other descriptor may have been closed and given away without our knowledge,
    /// so that it is looked at again for every call that depends on what it is.
    /// </summary>
    public bool IsOwn { get; set; }

    /// <summary>O_NONBLOCK is set.</summary>
    public bool IsNonBlocking { get; set; }

    /// <summary>It is known whether calls on it wait for a disk instead of for readiness.</summary>
    public bool IsKindKnown { get; set; }

    /// <summary>A file or a directory: calls wait for a disk. Only when <see cref="IsKindKnown"/>.</summary>
    public bool IsFile { get; set; }

    /// <summary>
    /// The last receive got less than it asked for, so the next one waits first. Only a hint: the module looks whether there is
    /// something before it waits.
    /// </summary>
    public bool IsEmptied { get; set; }

    /// <summary>Calls on it that the module has.</summary>
    public int CallsInModule { get; set; }

    /// <summary>Entry of a call that ends this descriptor and waits for those calls; -1 for none.</summary>
    public int ClosingEntry { get; set; } = -1;

    /// <summary>Calls that wait, first come, first served. Of reads and writes the module has the first one.</summary>
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
    public void Reset()
    {
        IsOwn = false;
        IsNonBlocking = false;
        IsKindKnown = false;
        IsFile = false;
        IsEmptied = false;
    }
}
