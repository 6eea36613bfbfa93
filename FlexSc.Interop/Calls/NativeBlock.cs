using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Native memory that a call's arguments point to. Freed by the awaiter when the call is over; when an error has ended the loop the
/// memory stays, for the kernel may still write to it.
/// </summary>
internal readonly unsafe struct NativeBlock : IDisposable
{
    private NativeBlock(nint address, int byteCount)
    {
        Address = address;
        ByteCount = byteCount;
    }

    public nint Address { get; }

    public int ByteCount { get; }

    public Span<byte> Span => new((void*)Address, ByteCount);

    public static NativeBlock Allocate(int byteCount)
    {
        Debug.Assert(byteCount > 0, "an empty block has no address");
        return new NativeBlock((nint)NativeMemory.Alloc((nuint)byteCount), byteCount);
    }

    public static NativeBlock Copy(ReadOnlySpan<byte> content)
    {
        NativeBlock block = Allocate(content.Length);
        content.CopyTo(block.Span);
        return block;
    }

    public void Dispose()
    {
        if (SyscallLoop.Current is not { HasFailed: true })
        {
            NativeMemory.Free((void*)Address);
        }
    }
}
