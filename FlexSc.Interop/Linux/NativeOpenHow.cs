using System.Runtime.InteropServices;

namespace FlexSc.Interop.Linux;

/// <summary><c>struct open_how</c> of linux/openat2.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct NativeOpenHow
{
    [FieldOffset(0)]
    public ulong Flags;

    [FieldOffset(8)]
    public ulong Mode;

    [FieldOffset(16)]
    public ulong Resolve;
}
