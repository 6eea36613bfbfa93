using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary><c>struct __kernel_timespec</c>: 64-bit seconds on every architecture, unlike timespec.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct KernelTimespec
{
    [FieldOffset(0)]
    public long Seconds;

    [FieldOffset(8)]
    public long Nanoseconds;
}
