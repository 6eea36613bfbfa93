using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>
/// Threads for the calls that a backend has no way of its own for. Those that end by themselves and those that may wait for ever
/// have threads of their own, so that no number of locks, children or pipes that are waited for stops the file calls. On the
/// loop's thread.
/// </summary>
internal sealed class CompanionThreads : IDisposable
{
    private readonly WorkerThreads _working;
    private readonly WorkerThreads _waiting;

    /// <param name="options">How many threads.</param>
    /// <param name="entryCount">Entries of the page set.</param>
    /// <param name="completed">Takes index and result, on a companion thread.</param>
    /// <param name="startAtOnce">Threads for calls that end by themselves that are started before the first call: at least one.</param>
    /// <param name="start">Starts a thread; null for the ordinary way.</param>
    /// <exception cref="LinuxException">A thread cannot be started; the text names the remedy.</exception>
    public CompanionThreads(
        SyscallLoopOptions options, int entryCount, Action<uint, long> completed, int startAtOnce, Action<Thread>? start = null)
    {
        _working = new WorkerThreads(
            new WorkerThreadOptions("flexsc-companion", options.CompanionThreads, startAtOnce, Start: start), entryCount, completed);
        _waiting = new WorkerThreads(new WorkerThreadOptions("flexsc-waiting", options.WaitingThreads, Start: start), entryCount, completed);
    }

    /// <summary>Hands a copied entry over.</summary>
    /// <param name="index">Its entry.</param>
    /// <param name="entry">The call.</param>
    /// <param name="waitsForOthers">It may wait for ever.</param>
    /// <returns>0, or -EAGAIN when there is no thread for it and none can be started.</returns>
    public long Execute(uint index, in SyscallEntry entry, bool waitsForOthers) =>
        (waitsForOthers ? _waiting : _working).TryExecute(index, entry) ? 0 : -Errno.Again;

    /// <summary>Takes a call back that no thread has begun; it does not complete then. One that a thread has is interrupted.</summary>
    public bool TryCancel(uint index) => _working.TryCancel(index) || _waiting.TryCancel(index);

    /// <summary>Interrupts the calls in hand and waits for the threads, up to a limit.</summary>
    public void Dispose()
    {
        _working.Dispose();
        _waiting.Dispose();
    }
}
