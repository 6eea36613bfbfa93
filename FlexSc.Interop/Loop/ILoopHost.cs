namespace FlexSc.Interop.Loop;

/// <summary>
/// Who runs ready work on a loop: the hook by which a scheduler of another layer, an actor dispatcher for one, makes the loop its
/// own. All members run on the loop's thread. An exception stops the loop.
/// </summary>
public interface ILoopHost
{
    /// <summary>Runs one item that was handed to <see cref="SyscallLoop.TrySchedule"/>.</summary>
    void Run(SyscallLoop loop, object work);

    /// <summary>Last chance of a turn to submit: what was collected while work ran goes out with this batch.</summary>
    void BeforeFlush(SyscallLoop loop);
}
