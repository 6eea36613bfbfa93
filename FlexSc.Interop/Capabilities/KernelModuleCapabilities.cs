namespace FlexSc.Interop.Capabilities;

/// <summary>
/// What /dev/flexsc answered when it was tried. An errno is null when the step was not tried, because one before it failed; 0 when
/// it succeeded; else the positive errno.
/// </summary>
internal sealed record KernelModuleCapabilities
{
    /// <summary>openat of the device: ENOENT without the module, EACCES for who is not of its group.</summary>
    public int? OpenError { get; init; }

    /// <summary>FLEXSC_IOC_SETUP of a page set: EINVAL when the module has another version of the interface.</summary>
    public int? SetupError { get; init; }

    /// <summary>FLEXSC_IOC_RUN, by a thread that leaves at once: EPERM under a seccomp filter.</summary>
    public int? RunError { get; init; }

    /// <summary>Every step succeeded.</summary>
    public bool CanRun => OpenError == 0 && SetupError == 0 && RunError == 0;
}
