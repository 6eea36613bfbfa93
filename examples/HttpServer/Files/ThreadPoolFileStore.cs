using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>Files by ordinary calls on pool threads: the comparison mode on stock Akka.IO.</summary>
internal sealed class ThreadPoolFileStore(string root, FileDescriptors descriptors) : IFileStore
{
    private readonly int _root = LinuxFiles.OpenRoot(root);

    public ValueTask<OpenFileResult> OpenAsync(string name) => new(Task.Run(() => Open(name)));

    public void Dispose() => LinuxFiles.Close(_root);

    private OpenFileResult Open(string name)
    {
        if (!descriptors.TryTake())
        {
            return new OpenFileResult(LinuxFiles.StatusWithoutDescriptor, null);
        }

        int descriptor = LinuxFiles.OpenBeneath(_root, name);
        if (descriptor < 0)
        {
            descriptors.Return();
            return new OpenFileResult(LinuxFiles.StatusOf(-descriptor), null);
        }

        Span<byte> statx = stackalloc byte[LinuxFiles.StatxBufferBytes];
        int error = LinuxFiles.Stat(descriptor, statx);
        if (error < 0)
        {
            descriptors.Return();
            LinuxFiles.Close(descriptor);
            return new OpenFileResult(LinuxFiles.StatusOf(-error), null);
        }

        descriptors.OnOpened();
        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        return new OpenFileResult(0, new HandleFile(handle, descriptors) { Metadata = LinuxFiles.ReadStatx(statx) });
    }

    private sealed class HandleFile(SafeFileHandle handle, FileDescriptors descriptors) : OpenFile
    {
        public override async ValueTask<FileChunk> ReadAsync(int maxBytes, long offsetBytes)
        {
            byte[] rented = ArrayPool<byte>.Shared.Rent(maxBytes);
            try
            {
                return new RentedChunk(rented, await RandomAccess.ReadAsync(handle, rented.AsMemory(0, maxBytes), offsetBytes).ConfigureAwait(false));
            }
            catch
            {
                ArrayPool<byte>.Shared.Return(rented);
                throw;
            }
        }

        public override void Close()
        {
            handle.Dispose();
            descriptors.OnClosed();
        }
    }

    private sealed class RentedChunk(byte[] rented, int length) : FileChunk
    {
        public override ReadOnlySpan<byte> Span => rented.AsSpan(0, length);

        public override void Return() => ArrayPool<byte>.Shared.Return(rented);
    }
}
