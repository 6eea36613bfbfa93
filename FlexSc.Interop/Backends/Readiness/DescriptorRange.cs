using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>Numbers of descriptors from the first to the last one, both included.</summary>
internal readonly record struct DescriptorRange(uint First, uint Last)
{
    public static DescriptorRange Empty => new(1, 0);

    public bool IsEmpty => First > Last;

    /// <summary>The descriptors that a call ends: it closes them or gives their numbers away.</summary>
    public static DescriptorRange EndedBy(in SyscallEntry entry)
    {
        (uint first, uint last) = SyscallTable.EndedBy(entry.Number, entry.Argument0, entry.Argument1, entry.Argument2);
        return new(first, last);
    }
}
