namespace FlexSc.Interop.Page;

/// <summary>
/// Numbers that no system call of Linux has, for what the executor of a loop's entries does itself: submitted as a call is. To cancel a
/// call is <c>SyscallLoop.TryCancel</c>.
/// </summary>
public static class ExecutorRequest
{
    /// <summary>Does nothing and completes with 0, with the other calls of its batch.</summary>
    public const ushort Nop = FlexScAbi.NumberNop;

    /// <summary>
    /// Waits for readiness without a thread: arguments are the file descriptor and the events of poll(2). Completes with the events
    /// that are there, which may be others than those asked for (POLLERR, POLLHUP), or with a negative errno.
    /// </summary>
    public const ushort Poll = FlexScAbi.NumberPoll;
}
