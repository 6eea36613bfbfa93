using System.Runtime.InteropServices;

namespace FlexSc.Interop.Page;

/// <summary>
/// One system call: 64 bytes, one cache line, the layout of FlexSC (OSDI 2010, section 3).
/// Mirrors <c>struct flexsc_entry</c>.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = FlexScAbi.EntryBytes)]
internal struct SyscallEntry
{
    /// <summary>An <see cref="EntryStatus"/>; accessed with acquire and release order.</summary>
    [FieldOffset(0)]
    public uint Status;

    /// <summary>Number of the system call, or a <c>FlexScAbi.Number*</c> request.</summary>
    [FieldOffset(4)]
    public ushort Number;

    /// <summary>How many of the arguments are meant: 0 to 6.</summary>
    [FieldOffset(6)]
    public byte ArgumentCount;

    /// <summary>How the call completes.</summary>
    [FieldOffset(7)]
    public EntryFlags Flags;

    /// <summary>First argument.</summary>
    [FieldOffset(8)]
    public long Argument0;

    /// <summary>Second argument.</summary>
    [FieldOffset(16)]
    public long Argument1;

    /// <summary>Third argument.</summary>
    [FieldOffset(24)]
    public long Argument2;

    /// <summary>Fourth argument.</summary>
    [FieldOffset(32)]
    public long Argument3;

    /// <summary>Fifth argument.</summary>
    [FieldOffset(40)]
    public long Argument4;

    /// <summary>Sixth argument.</summary>
    [FieldOffset(48)]
    public long Argument5;

    /// <summary>Result as the kernel returns it: a negative errno on failure.</summary>
    [FieldOffset(56)]
    public long Result;

    /// <summary>A call that is made without a place in a page.</summary>
    public static SyscallEntry Of(
        ushort number, long argument0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0) => new()
    {
        Number = number,
        ArgumentCount = FlexScAbi.MaxArguments,
        Argument0 = argument0,
        Argument1 = argument1,
        Argument2 = argument2,
        Argument3 = argument3,
        Argument4 = argument4,
    };
}
