using System.Buffers;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Managed memory that a call's arguments point to, pinned until the call is over. When an error has ended the loop it stays pinned for
/// good, for the kernel may still write to it.
/// </summary>
internal readonly unsafe struct PinnedMemory : IDisposable
{
    private readonly SyscallLoop _loop;
    private readonly MemoryHandle _handle;

    public PinnedMemory(SyscallLoop loop, ReadOnlyMemory<byte> memory)
    {
        _loop = loop;
        _handle = memory.Pin();
    }

    public nint Address => (nint)_handle.Pointer;

    public void Dispose()
    {
        if (!_loop.HasFailed)
        {
            _handle.Dispose();
        }
    }
}
