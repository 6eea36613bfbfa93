namespace FlexSc.Interop.Loop;

/// <summary>
/// Who runs ready work on a loop: the hook by which a scheduler of another layer, an actor dispatcher for one, makes the loop its
/// own. Members run on the loop's thread unless they say otherwise. An exception goes to <see cref="OnCallbackFailed"/>.
/// </summary>
public interface ILoopHost
{
    /// <summary>The loop can take calls; nothing ran on it before. An exception ends it, and whoever starts it gets the exception.</summary>
    void OnStarted(SyscallLoop loop);

    /// <summary>
    /// The loop was asked to stop. It goes on until no work waits and no call is in flight, and cancels the calls that are: what
    /// holds descriptors closes them now. Called in every turn from then on, because work that still runs may open others.
    /// </summary>
    void OnStopping(SyscallLoop loop);

    /// <summary>The loop takes no calls any more and none is in flight; its thread ends next.</summary>
    void OnEnded(SyscallLoop loop);

    /// <summary>Runs one item that was handed to <see cref="SyscallLoop.TrySchedule"/>.</summary>
    void Run(SyscallLoop loop, object work);

    /// <summary>Last chance of a turn to submit: what was collected while work ran goes out with this batch.</summary>
    void BeforeFlush(SyscallLoop loop);

    /// <summary>
    /// An exception came out of something that the loop called: scheduled or posted work, a timer, an operation, a waiter for buffers,
    /// the host itself. The loop goes on.
    /// </summary>
    /// <param name="loop">The loop.</param>
    /// <param name="callback">What it called.</param>
    /// <param name="exception">What came out.</param>
    /// <returns>False when nobody took notice: <see cref="SyscallLoop.Dispose"/> then throws the first one.</returns>
    bool OnCallbackFailed(SyscallLoop loop, object callback, Exception exception) => false;

    /// <summary>
    /// Work that the loop had taken and did not come to before its end: what was handed to <see cref="SyscallLoop.TrySchedule"/>, and
    /// after an error what was handed to <see cref="SyscallLoop.TryPost"/>. From any thread.
    /// </summary>
    void OnNotRun(SyscallLoop loop, object work)
    {
    }

    /// <summary>
    /// An error of its backend has ended the loop: its calls reach nothing any more, and those in flight do not complete. What holds
    /// descriptors closes them now, by calls of its own. <see cref="OnStopping"/> and <see cref="OnEnded"/> are not called.
    /// </summary>
    void OnFailed(SyscallLoop loop, Exception exception)
    {
    }
}
