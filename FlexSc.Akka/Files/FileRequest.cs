using System.Buffers;
using Akka.Actor;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>Which bytes a command touches, and what it must not pass; see <see cref="FlexFile"/>.</summary>
internal enum FileOrder
{
    /// <summary>Nothing: a lock.</summary>
    None,

    /// <summary>Reads a range.</summary>
    Read,

    /// <summary>Changes a range.</summary>
    Write,

    /// <summary>Reads at the file's own position.</summary>
    ReadAtCurrent,

    /// <summary>Writes at the file's own position.</summary>
    WriteAtCurrent,

    /// <summary>Follows all changes.</summary>
    Sync,
}

/// <summary>
/// A command of a handle from its coming to its answer, and the memory of its transfer. Used again by its loop. On the loop's thread.
/// </summary>
internal sealed class FileRequest : SyscallOperation
{
    private MemoryHandle _pin;
    private (long Begin, long End) _range;

    public FileHandle Handle { get; private set; } = null!;

    /// <summary>The command, as long as it is not over.</summary>
    public FlexFile.HandleCommand Command { get; private set; } = null!;

    public IActorRef Sender { get; private set; } = ActorRefs.Nobody;

    public FileOrder Order { get; private set; }

    /// <summary>First byte of the range it touches, and the one after the last.</summary>
    public long Begin => _range.Begin;

    public long End => _range.End;

    /// <summary>It was cancelled, or its handle is being closed.</summary>
    public FileFailure? CancelledAs { get; set; }

    /// <summary>Cancels what is not a transfer.</summary>
    public CancellationTokenSource? Cancellation { get; set; }

    /// <summary>Memory that the kernel reads into, or a copy of what it writes.</summary>
    public byte[]? Array { get; private set; }

    /// <summary>The array goes back to the pool.</summary>
    public bool IsRented { get; private set; }

    /// <summary>All bytes to move, and those that were moved.</summary>
    public long TotalBytes { get; private set; }

    public long DoneBytes { get; set; }

    /// <summary>Bytes of the piece under way, and those of it that were moved.</summary>
    public int PieceBytes { get; private set; }

    public int PieceDone { get; set; }

    /// <summary>Waits for an entry in the midst of its work.</summary>
    public bool IsStalled { get; set; }

    public bool IsWrite => Order is FileOrder.Write or FileOrder.WriteAtCurrent;

    public unsafe byte* Next => (byte*)_pin.Pointer + PieceDone;

    public void Set(FileHandle handle, FlexFile.HandleCommand command, IActorRef sender, FileOrder order, long begin, long end, long totalBytes)
    {
        Handle = handle;
        Command = command;
        Sender = sender;
        Order = order;
        _range = (begin, end);
        TotalBytes = totalBytes;
    }

    /// <summary>Memory for reading, or for a copy of a piece.</summary>
    public void Take(byte[] array, int pieceBytes, bool isRented)
    {
        Array = array;
        IsRented = isRented;
        _pin = array.AsMemory(0, pieceBytes).Pin();
        PieceBytes = pieceBytes;
        PieceDone = 0;
    }

    /// <summary>Memory of the sender's.</summary>
    public void Borrow(ReadOnlyMemory<byte> memory)
    {
        _pin = memory.Pin();
        PieceBytes = memory.Length;
        PieceDone = 0;
    }

    /// <summary>The kernel is done with the memory.</summary>
    /// <returns>The array, if it is one of <see cref="Take"/>.</returns>
    public byte[]? Release()
    {
        _pin.Dispose();
        _pin = default;
        byte[]? array = Array;
        Array = null;
        IsRented = false;
        PieceBytes = 0;
        PieceDone = 0;
        return array;
    }

    /// <summary>Makes it ready for another command.</summary>
    public void Reset()
    {
        Handle = null!;
        Command = null!;
        Sender = ActorRefs.Nobody;
        CancelledAs = null;
        Cancellation?.Dispose();
        Cancellation = null;
        DoneBytes = 0;
        TotalBytes = 0;
    }

    /// <summary>Whether it must wait for one that was told before it and is under way.</summary>
    public bool MustFollow(FileRequest earlier) => (earlier.Order, Order) switch
    {
        (FileOrder.None, _) or (_, FileOrder.None) or (FileOrder.Sync, _) => false,
        (_, FileOrder.Sync) => earlier.IsWrite,
        (FileOrder.ReadAtCurrent or FileOrder.WriteAtCurrent, _) or (_, FileOrder.ReadAtCurrent or FileOrder.WriteAtCurrent) =>
            earlier.Order == Order,
        _ => (earlier.Order == FileOrder.Write || Order == FileOrder.Write) && earlier.Begin < End && Begin < earlier.End,
    };

    protected override void OnCompleted(SyscallLoop loop, in Completion completion) => Handle.Transfers.OnCompleted(this, completion.Result);
}
