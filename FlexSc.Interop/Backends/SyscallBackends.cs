using FlexSc.Interop.Abi;
using FlexSc.Interop.Backends.IoUring;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Backends;

/// <summary>Makes the backend of a loop, on the loop's thread.</summary>
internal static class SyscallBackends
{
    public static ISyscallBackend Create(SyscallPageSet pages, EntryTable entries, ProvidedBuffers buffers, SyscallLoopOptions options) =>
        new IoUringBackend(pages, entries, buffers, options);
}
