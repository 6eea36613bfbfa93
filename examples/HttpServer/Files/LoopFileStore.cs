using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>
/// Files by calls through the syscall page of the loop that the caller runs on; a caller elsewhere borrows a loop. Nothing waits
/// on a loop's thread: each call is awaited, and what follows it runs there.
/// </summary>
internal sealed class LoopFileStore(ActorSystem system, string root, FileDescriptors descriptors, int chunkBytes, int maxCalls) : IFileStore
{
    private const OpenFlags Flags = OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal;

    private readonly int _root = LinuxFiles.OpenRoot(root);
    private readonly ConcurrentDictionary<SyscallLoop, FileSlots> _slots = new();
    private readonly ILoggingAdapter _log = Logging.GetLogger(system, typeof(LoopFileStore));

    public ValueTask<OpenFileResult> OpenAsync(string name) => descriptors.TryTake()
        ? OnLoop(loop => OpenOnAsync(loop, name))
        : new ValueTask<OpenFileResult>(new OpenFileResult(LinuxFiles.StatusWithoutDescriptor, null));

    public void Dispose() => LinuxFiles.Close(_root);

    private ValueTask<T> OnLoop<T>(Func<SyscallLoop, ValueTask<T>> work) => SyscallLoop.Current is { } loop
        ? work(loop)
        : new ValueTask<T>(FlexLoops.RunAsync(system, borrowed => work(borrowed).AsTask()));

    private FileSlots SlotsOf(SyscallLoop loop) => _slots.GetOrAdd(loop, static (owner, store) => store.MakeSlots(owner), this);

    private FileSlots MakeSlots(SyscallLoop loop) => new(loop, maxCalls, chunkBytes);

    private async ValueTask<OpenFileResult> OpenOnAsync(SyscallLoop loop, string name)
    {
        FileSlot slot = await SlotsOf(loop).TakeAsync();
        int descriptor = -1;
        try
        {
            descriptor = await loop.TryOpenBeneathAsync(_root, name.Length == 0 ? "." : name, Flags);
            if (descriptor < 0)
            {
                descriptors.Return();
                return new OpenFileResult(LinuxFiles.StatusOf(-descriptor), null);
            }

            descriptors.OnOpened();
            FileStatus status = await loop.StatAsync(descriptor);
            return new OpenFileResult(0, new LoopFile(this, descriptor) { Metadata = FileMetadata.Of(status) });
        }
        catch
        {
            if (descriptor >= 0)
            {
                await CloseAsync(loop, descriptor);
            }
            else
            {
                descriptors.Return();
            }

            throw;
        }
        finally
        {
            slot.Return();
        }
    }

    private async ValueTask<FileChunk> ReadOnAsync(SyscallLoop loop, int descriptor, int maxBytes, long offsetBytes)
    {
        FileSlot slot = await SlotsOf(loop).TakeAsync();
        try
        {
            slot.LengthBytes = await loop.ReadAsync(descriptor, slot.Chunk[..maxBytes], offsetBytes);
            return slot;
        }
        catch
        {
            slot.Return();
            throw;
        }
    }

    private async ValueTask<bool> CloseOnAsync(SyscallLoop loop, int descriptor)
    {
        FileSlot slot = await SlotsOf(loop).TakeAsync();
        await CloseAsync(loop, descriptor);
        slot.Return();
        return true;
    }

    /// <summary>Closes in a slot that the caller has; does not fail.</summary>
    private async ValueTask CloseAsync(SyscallLoop loop, int descriptor)
    {
        try
        {
            await loop.CloseAsync(descriptor);
        }
        catch (Exception exception) when (exception is InvalidOperationException or LinuxException { ErrorNumber: LinuxFiles.Ecanceled })
        {
            // The page is full, or the loop ends and took the call back before it was made. The file must not stay open for that.
            CloseByCall(descriptor);
        }
        catch (LinuxException exception)
        {
            _log.Warning("closing a file that was read: {0}", exception.Message);
        }

        descriptors.OnClosed();
    }

    private async Task CloseAsync(int descriptor)
    {
        try
        {
            await OnLoop(loop => CloseOnAsync(loop, descriptor));
        }
        catch (InvalidOperationException)
        {
            // The loops have ended.
            CloseByCall(descriptor);
            descriptors.OnClosed();
        }
    }

    private void CloseByCall(int descriptor)
    {
        try
        {
            LinuxFiles.Close(descriptor);
        }
        catch (IOException exception)
        {
            _log.Warning("closing a file that was read: {0}", exception.Message);
        }
    }

    private sealed class LoopFile(LoopFileStore store, int descriptor) : OpenFile
    {
        public override ValueTask<FileChunk> ReadAsync(int maxBytes, long offsetBytes) =>
            store.OnLoop(loop => store.ReadOnAsync(loop, descriptor, maxBytes, offsetBytes));

        public override void Close() => _ = store.CloseAsync(descriptor);
    }
}
