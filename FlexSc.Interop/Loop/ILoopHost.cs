namespace FlexSc.Interop.Loop;

/// <summary>
/// Who runs ready work on a loop: the hook by which a scheduler of another layer, an actor dispatcher for one, makes the loop its
/// own. All members run on the loop's thread. An exception stops the loop.
/// </summary>
public interface ILoopHost
{
    /// <summary>The loop can take calls; nothing ran on it before.</summary>
    void OnStarted(SyscallLoop loop);

    /// <summary>
    /// The loop was asked to stop. It goes on until no work waits and no call is in flight, and cancels the calls that are: what
    /// holds descriptors closes them now.
    /// </summary>
    void OnStopping(SyscallLoop loop);

    /// <summary>The loop takes no calls any more and none is in flight; its thread ends next.</summary>
    void OnEnded(SyscallLoop loop);

    /// <summary>Runs one item that was handed to <see cref="SyscallLoop.TrySchedule"/>.</summary>
    void Run(SyscallLoop loop, object work);

    /// <summary>Last chance of a turn to submit: what was collected while work ran goes out with this batch.</summary>
    void BeforeFlush(SyscallLoop loop);
}
