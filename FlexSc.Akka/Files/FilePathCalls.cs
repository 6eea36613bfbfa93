using System.Diagnostics;
using Akka.Actor;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>The commands that name a path. On the thread of the loop that executes them; what follows an await is there as well.</summary>
internal sealed class FilePathCalls(IActorRef manager, FileSettings settings)
{
    private long _handles;

    /// <summary>Executes a command and tells its sender what came of it.</summary>
    public async Task<bool> ExecuteAsync(ActorLoop loop, PathRequest request)
    {
        using Activity? activity = FileActivities.Start(request.Command, request.Command.Path);
        try
        {
            switch (request.Command)
            {
                case FlexFile.Open open:
                    FileHandle handle = await OpenAsync(loop, request, open).ConfigureAwait(false);
                    request.Tell(new FlexFile.Opened(open, handle) { HasPositions = handle.HasPositions }, handle);
                    break;
                case FlexFile.Watch watch:
                    FileWatch watching = await WatchAsync(loop, request, watch).ConfigureAwait(false);
                    request.Tell(new FlexFile.Watching(watch, watching), watching);
                    watching.Begin();
                    break;
                default:
                    if (await ExecuteAsync(loop.Loop, request.Command, request.Cancellation.Token).ConfigureAwait(false) is { } answer)
                    {
                        request.Tell(answer, manager);
                    }

                    break;
            }
        }
        catch (Exception exception)
        {
            activity.Fail(exception);
            request.Tell(FileFailures.Of(request.Command, exception, path: null, request.CancelledAs), manager);
        }

        return true;
    }

    private static async ValueTask<object?> ExecuteAsync(SyscallLoop loop, FlexFile.PathCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case FlexFile.StatPath stat:
                return new FlexFile.Status(stat, await loop.StatAsync(stat.Path, stat.FollowLink, cancellationToken).ConfigureAwait(false));
            case FlexFile.Copy copy:
                return new FlexFile.Copied(copy, await CopyAsync(loop, copy, cancellationToken).ConfigureAwait(false));
            case FlexFile.Rename rename:
                await loop.RenameAsync(rename.Path, rename.NewPath, rename.Flags, cancellationToken).ConfigureAwait(false);
                break;
            case FlexFile.Link link:
                await loop.LinkAsync(link.Path, link.NewPath, cancellationToken).ConfigureAwait(false);
                break;
            case FlexFile.Unlink:
                await loop.UnlinkAsync(command.Path, directory: false, cancellationToken).ConfigureAwait(false);
                break;
            case FlexFile.RemoveDirectory:
                await loop.UnlinkAsync(command.Path, directory: true, cancellationToken).ConfigureAwait(false);
                break;
            case FlexFile.CreateDirectory create:
                await loop.MakeDirectoryAsync(create.Path, create.Mode, cancellationToken).ConfigureAwait(false);
                break;
            default:
                throw new ArgumentException($"{command} is no command of the manager");
        }

        return FileHandle.Acknowledgement(command);
    }

    private static async ValueTask<long> CopyAsync(SyscallLoop loop, FlexFile.Copy copy, CancellationToken cancellationToken)
    {
        int source = await loop.OpenAsync(copy.Path, OpenFlags.ReadOnly, cancellationToken: cancellationToken).ConfigureAwait(false);
        int target = -1;
        bool isDone = false;
        try
        {
            OpenFlags flags = copy.Overwrite ? OpenFlags.WriteOnly | OpenFlags.Create : OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive;
            target = await loop.OpenAsync(copy.NewPath, flags, copy.Mode, cancellationToken).ConfigureAwait(false);
            if (copy.Overwrite)
            {
                await CutAsync(loop, copy, source, target, cancellationToken).ConfigureAwait(false);
            }

            long copied = await loop.CopyAsync(source, 0, target, 0, cancellationToken: cancellationToken).ConfigureAwait(false);

            // Its close tells the errors of some file systems, so the copy is done when that went well.
            int closing = target;
            target = -1;
            await loop.CloseAsync(closing).ConfigureAwait(false);
            isDone = true;
            return copied;
        }
        catch (LinuxException exception) when (exception.Target.StartsWith("file descriptor", StringComparison.Ordinal))
        {
            throw new LinuxException(exception.ErrorNumber, exception.Call, $"{copy.Path} to {copy.NewPath}", exception.Remedy);
        }
        finally
        {
            await loop.CloseAsync(source).ConfigureAwait(false);
            if (target >= 0)
            {
                await loop.CloseAsync(target).ConfigureAwait(false);
                if (!isDone && !copy.Overwrite)
                {
                    await loop.UnlinkAsync(copy.NewPath, cancellationToken: CancellationToken.None).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Cuts the target, unless it is the source.</summary>
    private static async ValueTask CutAsync(SyscallLoop loop, FlexFile.Copy copy, int source, int target, CancellationToken cancellationToken)
    {
        FileStatus from = await loop.StatAsync(source, cancellationToken).ConfigureAwait(false);
        FileStatus to = await loop.StatAsync(target, cancellationToken).ConfigureAwait(false);
        if ((from.Device, from.Inode) == (to.Device, to.Inode))
        {
            throw new ArgumentException($"{copy.Path} and {copy.NewPath} are one file: nothing was done");
        }

        // A device has no length that could be cut.
        if (to.Kind == FileKind.RegularFile)
        {
            await loop.TruncateAsync(target, 0, cancellationToken).ConfigureAwait(false);
        }
    }

    private static IActorRef OwnerOf(ActorSystem system, PathRequest request, IActorRef? named)
    {
        IActorRef owner = named ?? request.Sender;

        bool endsWithAnswer = owner.IsNobody() || owner.Equals(system.DeadLetters) || owner.Path.Elements is ["temp", ..];
        return !endsWithAnswer ? owner : throw new ArgumentException(
            $"{owner} is no actor that lives on, and a handle ends with its owner: name one as Owner where the command is told by Ask or from outside of an actor");
    }

    private async ValueTask<FileHandle> OpenAsync(ActorLoop loop, PathRequest request, FlexFile.Open open)
    {
        IActorRef owner = OwnerOf(loop.Group.System, request, open.Owner);
        ReserveEntry(loop);
        int descriptor = -1;
        try
        {
            descriptor = open.Beneath is null
                ? await loop.Loop.OpenAsync(open.Path, open.Flags, open.Mode, request.Cancellation.Token).ConfigureAwait(false)
                : await OpenBeneathAsync(loop.Loop, open, open.Beneath, request.Cancellation.Token).ConfigureAwait(false);
        }
        finally
        {
            if (descriptor < 0 && !loop.Loop.HasFailed)
            {
                loop.Io.ReleaseEntry();
            }
        }

        return new FileHandle(loop, NextPath("file"), settings, PathOf(open), descriptor, open.Flags, owner);
    }

    /// <summary>Where the file is, as it is told.</summary>
    private static string PathOf(FlexFile.Open open) => open.Beneath is null ? open.Path : System.IO.Path.Combine(open.Beneath, open.Path);

    private static async ValueTask<int> OpenBeneathAsync(SyscallLoop loop, FlexFile.Open open, string beneath, CancellationToken cancellationToken)
    {
        int directory = await loop.OpenAsync(beneath, OpenFlags.PathOnly | OpenFlags.Directory, cancellationToken: cancellationToken).ConfigureAwait(false);
        try
        {
            return await loop.OpenBeneathAsync(directory, open.Path, open.Flags, open.Mode, cancellationToken).ConfigureAwait(false);
        }
        catch (LinuxException exception)
        {
            throw new LinuxException(exception.ErrorNumber, exception.Call, PathOf(open), exception.Remedy);
        }
        finally
        {
            await loop.CloseAsync(directory).ConfigureAwait(false);
        }
    }

    private async ValueTask<FileWatch> WatchAsync(ActorLoop loop, PathRequest request, FlexFile.Watch watch)
    {
        IActorRef owner = OwnerOf(loop.Group.System, request, watch.Owner);
        ReserveEntry(loop);
        int descriptor = -1;
        try
        {
            descriptor = await loop.Loop.OpenWatchAsync(watch.Path, watch.Changes, request.Cancellation.Token).ConfigureAwait(false);
        }
        finally
        {
            if (descriptor < 0 && !loop.Loop.HasFailed)
            {
                loop.Io.ReleaseEntry();
            }
        }

        return new FileWatch(loop, NextPath("watch"), settings, watch, descriptor, owner);
    }

    private ActorPath NextPath(string name) => manager.Path / $"{name}-{Interlocked.Increment(ref _handles)}";

    private static void ReserveEntry(ActorLoop loop)
    {
        if (!loop.Io.TryReserveEntry())
        {
            throw new InvalidOperationException(
                $"of the {loop.Loop.EntryCount} syscall entries none can be set aside for closing another file: close some, or raise flexsc.loops.pages");
        }
    }
}
