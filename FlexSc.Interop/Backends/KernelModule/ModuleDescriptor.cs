using FlexSc.Interop.Backends.Readiness;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// What a loop knows of a descriptor. The module has the first of the reads that wait for it, the first of the writes, and all waits
/// for readiness itself.
/// </summary>
internal sealed class ModuleDescriptor(int fileDescriptor) : Descriptor(fileDescriptor)
{
    /// <summary>It is known whether calls on it wait for a disk instead of for readiness.</summary>
    public bool IsKindKnown { get; set; }

    /// <summary>A file or a directory: calls wait for a disk. Only when <see cref="IsKindKnown"/>.</summary>
    public bool IsFile { get; set; }

    /// <summary>
    /// The last receive got less than it asked for, so the next one waits first. Only a hint: the module looks whether there is
    /// something before it waits.
    /// </summary>
    public bool IsEmptied { get; set; }

    public override void Reset()
    {
        base.Reset();
        IsKindKnown = false;
        IsFile = false;
        IsEmptied = false;
    }
}
