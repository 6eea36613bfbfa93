using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>Numbers of descriptors from the first to the last one, both included.</summary>
internal readonly record struct DescriptorRange(uint First, uint Last)
{
    public static DescriptorRange Empty => new(1, 0);

    public bool IsEmpty => First > Last;

    /// <summary>The descriptors that a call ends: it closes them or gives their numbers away.</summary>
    public static DescriptorRange EndedBy(in SyscallEntry entry) => entry.Number switch
    {
        SyscallNumber.Close => Only(entry.Argument0),
        NumberDup2 or NumberDup3 when entry.Argument0 != entry.Argument1 => Only(entry.Argument1),
        NumberCloseRange when (entry.Argument2 & CloseRangeCloseOnExec) == 0 => new((uint)entry.Argument0, (uint)entry.Argument1),
        _ => Empty,
    };

    private static DescriptorRange Only(long number) => new((uint)number, (uint)number);
}
