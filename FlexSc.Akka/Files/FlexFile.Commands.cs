using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <content>Commands of a handle.</content>
public sealed partial class FlexFile
{
    /// <summary>What is asked of the manager or of a handle. Immutable. <see cref="Cancel"/> knows a command by the object, not by its content.</summary>
    /// <param name="Ack">Acknowledgement, see <see cref="FlexFile"/>; a command whose event carries a result is answered by that, and has it there.</param>
    public abstract record Command(object? Ack) : INoSerializationVerificationNeeded;

    /// <summary>A command for a handle.</summary>
    /// <param name="Ack">Acknowledgement.</param>
    public abstract record HandleCommand(object? Ack) : Command(Ack);

    /// <summary>
    /// Reads; answered by <see cref="Content"/> or <see cref="PooledContent"/>. At a position as much as was asked for comes, less only at
    /// the end of the file, wherever that is when it is reached: of a file that is cut meanwhile comes what was left.
    /// </summary>
    /// <param name="Position">First byte, or <see cref="CurrentPosition"/>.</param>
    /// <param name="Length">Bytes: 1 to <c>flexsc.file.max-read-bytes</c>.</param>
    /// <param name="Pooled">Whether the answer is a <see cref="PooledContent"/>, which is to be released.</param>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record Read(long Position, int Length, bool Pooled = false, object? Ack = null) : HandleCommand(Ack);

    /// <summary>
    /// Writes all bytes at a position; a large write goes in pieces. Where it fails midway, <see cref="CommandFailed.CompletedBytes"/> of
    /// it were written. A handle that was opened to append refuses it: the kernel would not honour the position.
    /// </summary>
    /// <param name="Position">First byte, or <see cref="CurrentPosition"/>.</param>
    /// <param name="Data">The bytes.</param>
    /// <param name="Ack">Acknowledgement.</param>
    /// <exception cref="ArgumentNullException">There are no bytes.</exception>
    public sealed record Write(long Position, ByteString Data, object? Ack = null) : HandleCommand(Ack)
    {
        /// <summary>The bytes.</summary>
        public ByteString Data { get; init; } = Data ?? throw new ArgumentNullException(nameof(Data));

        /// <inheritdoc/>
        public override string ToString() => $"Write({Position}, {Data.Count} bytes)";
    }

    /// <summary>As <see cref="Write"/>, from memory of the sender's that is not copied: it must not change until the answer came.</summary>
    /// <param name="Position">First byte, or <see cref="CurrentPosition"/>.</param>
    /// <param name="Data">The bytes.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record WriteMemory(long Position, ReadOnlyMemory<byte> Data, object? Ack = null) : HandleCommand(Ack)
    {
        /// <inheritdoc/>
        public override string ToString() => $"WriteMemory({Position}, {Data.Length} bytes)";
    }

    /// <summary>
    /// Writes at the end, wherever that is; for a handle opened with <see cref="OpenFlags.Append"/>. Appends of a handle follow one another
    /// in the order they were told. A piece of up to <c>flexsc.file.write-piece-bytes</c> is not mixed with what others append.
    /// </summary>
    /// <param name="Data">The bytes.</param>
    /// <param name="Ack">Acknowledgement.</param>
    /// <exception cref="ArgumentNullException">There are no bytes.</exception>
    public sealed record Append(ByteString Data, object? Ack = null) : HandleCommand(Ack)
    {
        /// <summary>The bytes.</summary>
        public ByteString Data { get; init; } = Data ?? throw new ArgumentNullException(nameof(Data));

        /// <inheritdoc/>
        public override string ToString() => $"Append({Data.Count} bytes)";
    }

    /// <summary>Has all changes that were told before it on the device, fsync(2): its success covers them, also those of other handles that were answered before.</summary>
    /// <param name="DataOnly">Leaves out metadata that reading does not need, fdatasync(2).</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Sync(bool DataOnly = false, object? Ack = null) : HandleCommand(Ack);

    /// <summary>Cuts or extends the file, ftruncate(2); what is added reads as zeros.</summary>
    /// <param name="Length">Bytes, 0 or more.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Truncate(long Length, object? Ack = null) : HandleCommand(Ack);

    /// <summary>Allocates the space of a range, or gives it back, fallocate(2).</summary>
    /// <param name="Position">First byte.</param>
    /// <param name="Length">Bytes, 1 or more.</param>
    /// <param name="Flags">What becomes of the range.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Allocate(long Position, long Length, AllocateFlags Flags = AllocateFlags.None, object? Ack = null) : HandleCommand(Ack);

    /// <summary>Metadata of the open file; answered by <see cref="Status"/>.</summary>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record Stat(object? Ack = null) : HandleCommand(Ack);

    /// <summary>
    /// The next names of a directory that was opened, as many as the kernel tells at once, some hundreds; answered by
    /// <see cref="DirectoryPage"/>. One that is made or removed meanwhile may be told or not.
    /// </summary>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record ReadDirectory(object? Ack = null) : HandleCommand(Ack);

    /// <summary>
    /// Takes or gives up a lock of the open file (F_OFD_SETLK of fcntl(2)), which ends with the handle. Advisory: only who asks for a lock
    /// is held up, in this process as in others. When it is not to wait and another lock is in the way, it fails with
    /// <see cref="FileFailure.Locked"/>. Waiting keeps a thread of <c>flexsc.loops.waiting-threads</c> and can be cancelled; <see cref="Close"/>
    /// cancels it. It has no order with reads and writes.
    /// </summary>
    /// <param name="Kind">Which; <see cref="FileLockKind.None"/> gives up.</param>
    /// <param name="Position">First byte.</param>
    /// <param name="Length">Bytes; 0 for all to the end.</param>
    /// <param name="Wait">Whether it waits.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Lock(FileLockKind Kind, long Position = 0, long Length = 0, bool Wait = false, object? Ack = null) : HandleCommand(Ack);

    /// <summary>
    /// Closes the handle when what was told before it is done; answered by <see cref="Closed"/>. What waits for others, a lock or a read
    /// at <see cref="CurrentPosition"/>, is cancelled. Later commands fail with <see cref="FileFailure.Closed"/>. Also ends a watch.
    /// </summary>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record Close(object? Ack = null) : HandleCommand(Ack);

    /// <summary>
    /// Cancels a command that was told to the same manager or handle: it is answered by <see cref="CommandFailed"/> with
    /// <see cref="FileFailure.Cancelled"/>, or by its result when that was there first. Does nothing when it was answered. A call that a
    /// disk works at may end in its own time.
    /// </summary>
    /// <param name="Target">The command, the very object that was told.</param>
    public sealed record Cancel(Command Target) : HandleCommand(Ack: null);
}
