namespace FlexSc.Interop.Capabilities;

/// <summary>Whether the host has something.</summary>
public enum FindingState
{
    /// <summary>It is there, or it is enough.</summary>
    Present = 0,

    /// <summary>It is not there, or not enough.</summary>
    Missing = 1,

    /// <summary>It could not be found out.</summary>
    Unknown = 2,
}

/// <summary>One thing that a backend needs or can make use of.</summary>
/// <param name="Name">What it is.</param>
/// <param name="State">Whether it is there.</param>
/// <param name="Detail">Value or reason.</param>
/// <param name="NeededByIoUring">The io-uring backend cannot run without it.</param>
/// <param name="Remedy">What the operator can do; set when and only when it is missing.</param>
/// <param name="Call">The system call that failed, or null.</param>
/// <param name="Error">Positive errno of that call, or null.</param>
/// <param name="NeededByKernelModule">The kernel-module backend cannot run without it.</param>
public sealed record HostFinding(
    string Name, FindingState State, string Detail, bool NeededByIoUring = false, string? Remedy = null, string? Call = null, int? Error = null,
    bool NeededByKernelModule = false);
