using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <content>Events.</content>
public sealed partial class FlexFile
{
    /// <summary>What is told of files. Immutable.</summary>
    public abstract record Event : INoSerializationVerificationNeeded;

    /// <summary>The file is open.</summary>
    /// <param name="Command">The command.</param>
    /// <param name="Handle">Takes the commands for the file. Its end closes it.</param>
    public sealed record Opened(Open Command, IActorRef Handle) : Event
    {
        /// <summary>Whether reads and writes name positions; a FIFO or a terminal takes <see cref="CurrentPosition"/> alone.</summary>
        public bool HasPositions { get; init; } = true;
    }

    /// <summary>What a <see cref="Read"/> found.</summary>
    /// <param name="Command">The command.</param>
    /// <param name="Data">The bytes; empty at the end of the file.</param>
    public sealed record Content(Read Command, ByteString Data) : Event
    {
        /// <summary>The end of the file was reached, or, at <see cref="CurrentPosition"/>, that of the stream.</summary>
        public bool IsEnd => Command.Position == CurrentPosition ? Data.IsEmpty : Data.Count < Command.Length;

        /// <inheritdoc/>
        public override string ToString() => $"Content({Command}, {Data.Count} bytes)";
    }

    /// <summary>A command without a result of its own was done, and no other acknowledgement was asked for.</summary>
    /// <param name="Command">The command.</param>
    public sealed record Completed(Command Command) : Event;

    /// <summary>Metadata.</summary>
    /// <param name="Command">The command, <see cref="Stat"/> or <see cref="StatPath"/>.</param>
    /// <param name="File">What is known of the file.</param>
    public sealed record Status(Command Command, FileStatus File) : Event;

    /// <summary>Some names of a directory.</summary>
    /// <param name="Command">The command.</param>
    /// <param name="Entries">Names and kinds, without "." and "..".</param>
    /// <param name="IsEnd">All were told; then there are none in this one.</param>
    public sealed record DirectoryPage(ReadDirectory Command, IReadOnlyList<DirectoryEntry> Entries, bool IsEnd) : Event;

    /// <summary>A file was copied.</summary>
    /// <param name="Command">The command.</param>
    /// <param name="Bytes">How much.</param>
    public sealed record Copied(Copy Command, long Bytes) : Event;

    /// <summary>Something is watched from now on.</summary>
    /// <param name="Command">The command.</param>
    /// <param name="Handle">Takes <see cref="ResumeWatching"/> and <see cref="Close"/>. Its end ends the watch.</param>
    public sealed record Watching(Watch Command, IActorRef Handle) : Event;

    /// <summary>What happened to something that is watched, in order. The sender is the watch.</summary>
    /// <param name="Command">The command that began it.</param>
    /// <param name="Changes">What happened; with <see cref="FileChanges.Ended"/> nothing more will come, and the watch closes.</param>
    public sealed record Changed(Watch Command, IReadOnlyList<FileChange> Changes) : Event;

    /// <summary>The descriptor is closed.</summary>
    /// <param name="Command">The command.</param>
    public sealed record Closed(Close Command) : Event;

    /// <summary>A command was not done, or not to its end.</summary>
    /// <param name="Command">The command.</param>
    /// <param name="Reason">Why.</param>
    /// <param name="Cause">The error: a <see cref="LinuxException"/> for <see cref="FileFailure.Refused"/>.</param>
    /// <param name="CompletedBytes">Of a write, the bytes that were written before.</param>
    public sealed record CommandFailed(Command Command, FileFailure Reason, Exception Cause, long CompletedBytes = 0) : Event
    {
        /// <summary>Positive errno of the kernel's refusal; 0 when it was another reason.</summary>
        public int ErrorNumber => (Cause as LinuxException)?.ErrorNumber ?? 0;

        /// <summary>What the call was made on, a path; null when no call failed.</summary>
        public string? Path => (Cause as LinuxException)?.Target;

        /// <summary>What the operator can do, or null.</summary>
        public string? Remedy => (Cause as LinuxException)?.Remedy;
    }
}

/// <summary>Why a command for a file was not done.</summary>
public enum FileFailure
{
    /// <summary>The kernel refused: see the errno.</summary>
    Refused,

    /// <summary>The command itself is wrong: a length out of range, a path with a NUL, a command that the handle does not take.</summary>
    Invalid,

    /// <summary>A bound was reached: too many commands wait, or no syscall entry is to be had. Tell it again after an answer.</summary>
    Busy,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>The handle is closed or closing, or its loop has ended.</summary>
    Closed,

    /// <summary>Another lock is in the way.</summary>
    Locked,
}
