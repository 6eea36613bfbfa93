using Microsoft.Win32.SafeHandles;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>Files by ordinary calls on pool threads: the comparison mode on stock Akka.IO.</summary>
internal sealed class ThreadPoolFileStore(string root) : IFileStore
{
    private readonly int _root = LinuxFiles.OpenRoot(root);

    public ValueTask<OpenFileResult> OpenAsync(string name) => new(Task.Run(() => Open(name)));

    public void Dispose() => LinuxFiles.Close(_root);

    private OpenFileResult Open(string name)
    {
        int descriptor = LinuxFiles.OpenBeneath(_root, name);
        if (descriptor < 0)
        {
            return new OpenFileResult(LinuxFiles.StatusOf(-descriptor), null);
        }

        Span<byte> statx = stackalloc byte[LinuxFiles.StatxBufferBytes];
        int error = LinuxFiles.Stat(descriptor, statx);
        if (error < 0)
        {
            LinuxFiles.Close(descriptor);
            return new OpenFileResult(LinuxFiles.StatusOf(-error), null);
        }

        SafeFileHandle handle = new(descriptor, ownsHandle: true);
        return new OpenFileResult(0, new HandleFile(handle) { Metadata = LinuxFiles.ReadStatx(statx) });
    }

    private sealed class HandleFile(SafeFileHandle handle) : OpenFile
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes) =>
            RandomAccess.ReadAsync(handle, buffer, offsetBytes);

        public override void Close() => handle.Dispose();
    }
}
