using System.Diagnostics;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>The commands of a handle that are no transfers. On the loop's thread; what follows an await is there as well.</summary>
internal sealed class FileHandleCalls(FileHandle handle)
{
    private SyscallLoop Loop => handle.ActorLoop.Loop;

    public void Start(FileRequest request)
    {
        request.Cancellation = new CancellationTokenSource();
        _ = RunAsync(request, request.Command, request.Cancellation.Token);
    }

    private async Task RunAsync(FileRequest request, FlexFile.HandleCommand command, CancellationToken cancellationToken)
    {
        object? answer;
        using Activity? activity = FileActivities.Start(command, handle.FilePath);
        try
        {
            answer = await ExecuteAsync(command, cancellationToken).ConfigureAwait(false);
        }
        catch (LoopFailedException)
        {
            // The handle is told the loop's end, and tells who waits.
            return;
        }
        catch (Exception exception)
        {
            activity.Fail(exception);
            answer = FileFailures.Of(command, exception, handle.FilePath, request.CancelledAs);
        }

        handle.Finish(request, answer);
    }

    private async ValueTask<object?> ExecuteAsync(FlexFile.HandleCommand command, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case FlexFile.Sync sync:
                await Loop.FsyncAsync(handle.Descriptor, sync.DataOnly, cancellationToken).ConfigureAwait(false);
                return FileHandle.Acknowledgement(command);
            case FlexFile.Truncate truncate:
                await Loop.TruncateAsync(handle.Descriptor, truncate.Length, cancellationToken).ConfigureAwait(false);
                return FileHandle.Acknowledgement(command);
            case FlexFile.Allocate allocate:
                await Loop.AllocateAsync(handle.Descriptor, allocate.Position, allocate.Length, allocate.Flags, cancellationToken).ConfigureAwait(false);
                return FileHandle.Acknowledgement(command);
            case FlexFile.Stat:
                return new FlexFile.Status(command, await Loop.StatAsync(handle.Descriptor, cancellationToken).ConfigureAwait(false));
            case FlexFile.ReadDirectory read:
                IReadOnlyList<DirectoryEntry>? entries = await Loop.ReadDirectoryPageAsync(handle.Descriptor, cancellationToken).ConfigureAwait(false);
                return new FlexFile.DirectoryPage(read, entries ?? [], entries is null);
            case FlexFile.Lock wanted:
                bool taken = await Loop.LockAsync(
                    handle.Descriptor, wanted.Kind, wanted.Position, wanted.Length, wanted.Wait, cancellationToken).ConfigureAwait(false);
                return taken ? FileHandle.Acknowledgement(command) : FileFailures.Locked(command, handle.FilePath);
            default:
                throw new ArgumentException($"{command} is no command of a handle");
        }
    }
}

/// <summary>Errors as they are told. From any thread.</summary>
internal static class FileFailures
{
    /// <summary>The answer to a command whose call threw.</summary>
    /// <param name="command">The command.</param>
    /// <param name="exception">What it threw.</param>
    /// <param name="path">Path of the open file, in the place of its descriptor; null when the error names the path.</param>
    /// <param name="cancelledAs">Why it was cancelled; null when it was not.</param>
    public static FlexFile.CommandFailed Of(FlexFile.Command command, Exception exception, string? path, FileFailure? cancelledAs) => exception switch
    {
        OperationCanceledException => new(command, cancelledAs ?? FileFailure.Closed, exception),
        LinuxException { ErrorNumber: Errno.Canceled or Errno.Interrupted } => new(command, cancelledAs ?? FileFailure.Closed, exception),
        LinuxException refused => new(
            command, FileFailure.Refused, path is null ? refused : new LinuxException(refused.ErrorNumber, refused.Call, path, refused.Remedy)),
        ArgumentException => new(command, FileFailure.Invalid, exception),

        LoopFailedException => new(command, FileFailure.Closed, exception),

        // The page set has no entry: the text names what to raise.
        InvalidOperationException => new(command, FileFailure.Busy, exception),
        _ => new(command, FileFailure.Refused, exception),
    };

    /// <summary>The answer of a handle, which takes no such command.</summary>
    public static FlexFile.CommandFailed ForManager(FlexFile.PathCommand command) =>
        new(command, FileFailure.Invalid, new ArgumentException($"{command} is a command for the manager, system.FlexFile(), not for a handle"));

    public static FlexFile.CommandFailed Locked(FlexFile.Command command, string path) =>
        new(command, FileFailure.Locked, new InvalidOperationException($"another open file holds a lock of {path} that is in the way: wait for it, or try again"));
}
