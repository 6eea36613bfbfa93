using Akka.Actor;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <content>Commands of the manager. A relative path begins at the working directory of the process.</content>
public sealed partial class FlexFile
{
    /// <summary>A command for the manager, <c>system.FlexFile()</c>.</summary>
    /// <param name="Path">Path.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public abstract record PathCommand(string Path, object? Ack) : Command(Ack);

    /// <summary>
    /// Opens a file; answered by <see cref="Opened"/>, which the handle sends. The handle lives on the loop of its opener where that lives
    /// on one. Opening a FIFO waits for its other side, and can be cancelled.
    /// </summary>
    /// <param name="Path">Path; relative to <see cref="Beneath"/> where that is given.</param>
    /// <param name="Flags">How, as open(2) has it; closed on exec always.</param>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record Open(string Path, OpenFlags Flags = OpenFlags.ReadOnly, object? Ack = null) : PathCommand(Path, Ack)
    {
        /// <summary>Permissions of a new file, less the umask.</summary>
        public UnixFileMode Mode { get; init; } = FileCalls.DefaultMode;

        /// <summary>
        /// A directory that the path must not lead out of, by whatever <c>..</c> or link (openat2(2), RESOLVE_BENEATH): what would fails with
        /// EXDEV. Null for none.
        /// </summary>
        public string? Beneath { get; init; }

        /// <summary>The actor with whose end the handle closes; null for the sender. To be named where the sender is a question's (Ask), which ends with the answer.</summary>
        public IActorRef? Owner { get; init; }
    }

    /// <summary>Metadata of a path; answered by <see cref="Status"/>.</summary>
    /// <param name="Path">Path.</param>
    /// <param name="FollowLink">Of what a symbolic link points to; else of the link.</param>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record StatPath(string Path, bool FollowLink = true, object? Ack = null) : PathCommand(Path, Ack);

    /// <summary>Gives a file another name on the same file system, renameat2(2).</summary>
    /// <param name="Path">Its name.</param>
    /// <param name="NewPath">Its new name.</param>
    /// <param name="Flags">What becomes of what has that name: replaced in one step, exchanged, or in the way (EEXIST).</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Rename(string Path, string NewPath, RenameFlags Flags = RenameFlags.None, object? Ack = null) : PathCommand(Path, Ack);

    /// <summary>Gives a file a second name on the same file system, linkat(2).</summary>
    /// <param name="Path">Its name.</param>
    /// <param name="NewPath">The other one; EEXIST when it is taken.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Link(string Path, string NewPath, object? Ack = null) : PathCommand(Path, Ack);

    /// <summary>Removes a name, unlinkat(2); not of a directory.</summary>
    /// <param name="Path">Path.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record Unlink(string Path, object? Ack = null) : PathCommand(Path, Ack);

    /// <summary>Makes a directory, mkdirat(2).</summary>
    /// <param name="Path">Path; EEXIST when it is taken.</param>
    /// <param name="Mode">Permissions, less the umask.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record CreateDirectory(string Path, UnixFileMode Mode = DirectoryCalls.DefaultMode, object? Ack = null) : PathCommand(Path, Ack);

    /// <summary>Removes an empty directory, unlinkat(2) with AT_REMOVEDIR.</summary>
    /// <param name="Path">Path; ENOTEMPTY when it is not empty.</param>
    /// <param name="Ack">Acknowledgement.</param>
    public sealed record RemoveDirectory(string Path, object? Ack = null) : PathCommand(Path, Ack);

    /// <summary>
    /// Copies a file's content inside the kernel (copy_file_range(2)), or by reading and writing where the kernel does not; answered by
    /// <see cref="Copied"/>. When it fails, a target that it made is removed, one that was there is as far as the copy came.
    /// </summary>
    /// <param name="Path">The source.</param>
    /// <param name="NewPath">The target.</param>
    /// <param name="Overwrite">Whether a target that is there is cut and written over; else EEXIST.</param>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record Copy(string Path, string NewPath, bool Overwrite = false, object? Ack = null) : PathCommand(Path, Ack)
    {
        /// <summary>Permissions of a new target, less the umask.</summary>
        public UnixFileMode Mode { get; init; } = FileCalls.DefaultMode;
    }

    /// <summary>
    /// Watches a file, or the names in a directory (not below), by inotify(7); answered by <see cref="Watching"/>. What happens is told the
    /// owner in <see cref="Changed"/>, one message at a time: the next one comes after <see cref="ResumeWatching"/>. Meanwhile the kernel keeps
    /// fs.inotify.max_queued_events; beyond, <see cref="FileChanges.Overflowed"/> is told.
    /// </summary>
    /// <param name="Path">Path.</param>
    /// <param name="Changes">What is to be told.</param>
    /// <param name="Ack">To be found in the answer's command.</param>
    public sealed record Watch(string Path, FileChanges Changes = FileChanges.All, object? Ack = null) : PathCommand(Path, Ack)
    {
        /// <summary>The actor that is told, and with whose end the watch ends; null for the sender.</summary>
        public IActorRef? Owner { get; init; }
    }

    /// <summary>Told to a watch: the last <see cref="Changed"/> was handled, the next may come.</summary>
    public sealed record ResumeWatching() : HandleCommand(Ack: null);
}
