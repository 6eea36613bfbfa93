using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends;

/// <summary>Starts threads that make calls: what the system refuses is an answer, and not the end of the program.</summary>
internal static class CallThread
{
    /// <summary>Starts a thread.</summary>
    /// <param name="thread">Not started.</param>
    /// <param name="start">Starts it; null for the ordinary way.</param>
    /// <returns>False when the system has none to give.</returns>
    public static bool TryStart(Thread thread, Action<Thread>? start = null)
    {
        try
        {
            (start ?? (static thread => thread.Start()))(thread);
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // What the runtime makes of EAGAIN and ENOMEM of pthread_create.
            return false;
        }
    }

    /// <summary>The error of whoever cannot go on without a thread.</summary>
    public static LinuxException Refused(string name) => new(
        Errno.Again, "pthread_create", $"the thread {name}", "raise RLIMIT_NPROC (ulimit -u) and the control group's pids.max, or use fewer threads");
}
