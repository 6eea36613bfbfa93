using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>
/// The seam between a loop and whoever executes its entries. All members but <see cref="Wake"/> belong to the loop's thread.
/// </summary>
internal interface ISyscallBackend : IDisposable
{
    /// <summary>Name as the configuration spells it.</summary>
    string Name { get; }

    /// <summary>Traps into the kernel made so far for executing entries, on whatever thread, for collecting and for waking.</summary>
    long Traps { get; }

    /// <summary>Issues what the submission ring holds, in its order; waits for a completion or a wake when asked.</summary>
    /// <param name="wait">Wait until something is there to collect.</param>
    /// <param name="mayBatch">The wait may last a little longer for more completions to come together.</param>
    /// <param name="timeoutNanoseconds">Longest wait; negative waits without end.</param>
    void Flush(bool wait, bool mayBatch, long timeoutNanoseconds);

    /// <summary>Whether completions are there, as far as that can be told without a trap.</summary>
    bool HasCompletions { get; }

    /// <summary>
    /// Takes the next completion out of the queue. The entry of a terminal one is the loop's again; one whose token names no call in
    /// flight is to be passed over.
    /// </summary>
    /// <returns>False when none is there.</returns>
    bool TryTakeCompletion(out Completion completion);

    /// <summary>Asks for every call in flight to be cancelled; each still completes, with -ECANCELED or its own result.</summary>
    void CancelAll();

    /// <summary>A descriptor that this loop made belongs to another loop or thread from now on: its number may change hands unseen.</summary>
    void Disown(int fileDescriptor);

    /// <summary>
    /// Executes a call that answers at once, now and without an entry. None may be in flight on a descriptor that it closes.
    /// </summary>
    /// <returns>The kernel's result.</returns>
    long ExecuteNow(in SyscallEntry call);

    /// <summary>Whether a core of its own can execute the calls, from now on and for a while; from any thread.</summary>
    bool MayBeServed => false;

    /// <summary>Core that executes the calls; null where the loop does. From any thread.</summary>
    int? ServedBy => null;

    /// <summary>Descriptor of the ring that a kernel thread polls; -1 for none. From any thread.</summary>
    int PolledRing => -1;

    /// <summary>Has a core execute the calls from now on, or the loop; those in flight go on.</summary>
    /// <param name="cpu">The core; null for the loop.</param>
    /// <param name="sharedRing">Descriptor of the ring whose polling thread is to serve this loop, too; -1 for none.</param>
    /// <exception cref="LinuxException">The system refuses; it is as before.</exception>
    void ServeBy(int? cpu, int sharedRing) => throw new NotSupportedException($"the backend {Name} executes calls where it was told to at its start");

    /// <summary>What that core did so far; null for none. From any thread.</summary>
    SyscallCoreUse? ReadCoreUse() => null;

    /// <summary>Time that threads which execute calls on the cores of the loop ran so far; zero where the loop executes them. From any thread.</summary>
    TimeSpan ReadTimeBeside() => TimeSpan.Zero;

    /// <summary>Says on which cores the kernel executes calls by itself that would hold up whoever makes them.</summary>
    /// <exception cref="LinuxException">The system refuses.</exception>
    void SetWorkerCpus(IReadOnlyList<int> cpus)
    {
    }

    /// <summary>Ends a wait, from any thread. A wake that comes before the wait ends that wait at once.</summary>
    void Wake();
}
