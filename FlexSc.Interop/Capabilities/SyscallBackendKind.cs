namespace FlexSc.Interop.Capabilities;

/// <summary>Who executes the entries of a loop.</summary>
public enum SyscallBackendKind
{
    /// <summary>The best one that the host allows.</summary>
    Auto = 0,

    /// <summary>io_uring: a batch of entries leaves in one call.</summary>
    IoUring = 1,

    /// <summary>The program's own threads, or the loop itself, by ordinary calls. Every call traps.</summary>
    SyscallThreads = 2,
}
