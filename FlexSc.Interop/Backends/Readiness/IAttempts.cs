using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// How calls are attempted: what differs between the backends that serve calls by readiness. Queues, progress, multishot, close in
/// use and cancellation are those of <see cref="ReadinessBackend"/>, which is the only caller. All members but <see cref="Wake"/>
/// belong to the loop's thread.
/// </summary>
internal interface IAttempts : IDisposable
{
    /// <summary>No result yet: it comes by <see cref="IAttemptOutcomes"/>, never before the asking method has returned.</summary>
    const long Pending = long.MinValue;

    /// <summary>Name of the backend as the configuration spells it.</summary>
    string Name { get; }

    /// <summary>Traps into the kernel made so far, on whatever thread.</summary>
    long Traps { get; }

    /// <summary>
    /// True when calls are handed over whole: whoever takes them waits for readiness (<see cref="HandOverFlags.PollIn"/>,
    /// <see cref="HandOverFlags.PollOut"/>, <see cref="HandOverFlags.PollFirst"/> ask for it), picks provided buffers, and executes
    /// prompt calls and waits for readiness, too. False when an attempt that would wait answers -EAGAIN, and
    /// <see cref="IAttemptOutcomes.OnReady"/> tells when another is worth making.
    /// </summary>
    bool HandsOver { get; }

    /// <summary>Executes a call that answers at once, on behalf of the loop or of the backend itself.</summary>
    /// <returns>The kernel's result.</returns>
    long Execute(in SyscallEntry call);

    /// <summary>Begins an attempt of a call: it does not wait for anything but readiness.</summary>
    /// <param name="index">Entry of the call, which has no other attempt under way.</param>
    /// <param name="attempt">The call to make; copied.</param>
    /// <returns>The kernel's result, or <see cref="Pending"/>.</returns>
    long Attempt(int index, in SyscallEntry attempt);

    /// <summary>Begins a call that waits for something else than readiness, and ends by itself: for a disk.</summary>
    /// <returns><see cref="Pending"/>, or the negative errno that it completes with because it cannot be begun.</returns>
    long Block(int index, in SyscallEntry call);

    /// <summary>The same for one that may wait for ever: for another process, a peer, time. However many wait, none stops a <see cref="Block"/>.</summary>
    long BlockForOthers(int index, in SyscallEntry call) => Block(index, call);

    /// <summary>Asks for what was begun for a call to end.</summary>
    /// <param name="index">Entry of the call.</param>
    /// <param name="cancellation">Entry of the cancellation that asks; -1 when nobody waits for an answer.</param>
    /// <returns>
    /// 0 when it was taken back and has no result; -EALREADY when its result comes, soon if it could be interrupted;
    /// <see cref="Pending"/> when <see cref="IAttemptOutcomes.FinishCancellation"/> tells.
    /// </returns>
    long Cancel(int index, int cancellation);

    /// <summary>
    /// Sees to it that readiness of a descriptor is told from now on, and marks it as <see cref="Descriptor.IsRegistered"/> where
    /// that holds until its end. Called before each call that may wait on it; one that this loop did not make may have another owner.
    /// </summary>
    /// <returns>
    /// 0; -EPERM for a file, whose calls wait for a disk instead; -ENOENT when a registered one has another owner by now; or
    /// another negative errno that the call completes with.
    /// </returns>
    long Watch(Descriptor descriptor, ushort number);

    /// <summary>Another loop uses a descriptor from now on: its edges would wake this one for nothing.</summary>
    void Unwatch(Descriptor descriptor)
    {
    }

    /// <summary>True when <see cref="Collect"/> has something to tell, as far as that can be told without a trap.</summary>
    bool HasResults { get; }

    /// <summary>Tells the results that are there, while there is room for them.</summary>
    void Collect(IAttemptOutcomes outcomes);

    /// <summary>Looks for readiness and results, waits for them when asked, and tells them.</summary>
    /// <param name="look">Whether and how long to wait.</param>
    /// <param name="outcomes">Takes what is found.</param>
    void Look(in AttemptLook look, IAttemptOutcomes outcomes);

    /// <summary>As <see cref="ISyscallBackend.MayBeServed"/>.</summary>
    bool MayBeServed => false;

    /// <summary>As <see cref="ISyscallBackend.ServedBy"/>.</summary>
    int? ServedBy => null;

    /// <summary>As <see cref="ISyscallBackend.ServeBy"/>.</summary>
    void ServeBy(int? cpu) => throw new NotSupportedException($"the backend {Name} executes calls where it was told to at its start");

    /// <summary>As <see cref="ISyscallBackend.ReadCoreUse"/>.</summary>
    SyscallCoreUse? ReadCoreUse() => null;

    /// <summary>As <see cref="ISyscallBackend.ReadTimeBeside"/>.</summary>
    TimeSpan ReadTimeBeside() => TimeSpan.Zero;

    /// <summary>Ends a wait, from any thread. A wake that comes before the wait ends that wait at once.</summary>
    void Wake();
}

/// <summary>How to look for readiness and results.</summary>
/// <param name="MayWait">Nothing is there to be done: wait until something is.</param>
/// <param name="IsIdle">The loop has nothing to do but what has completed: if it does not wait now, it most likely does next.</param>
/// <param name="MayBatch">A wait may last a little longer for more completions to come together.</param>
/// <param name="TimeoutNanoseconds">Longest wait; negative waits without end.</param>
internal readonly record struct AttemptLook(bool MayWait, bool IsIdle, bool MayBatch, long TimeoutNanoseconds);

/// <summary>Takes what <see cref="IAttempts"/> finds, on the loop's thread.</summary>
internal interface IAttemptOutcomes
{
    /// <summary>False when results have to stay where they are until the loop has collected.</summary>
    bool HasRoom { get; }

    /// <summary>A call that was pending has a result.</summary>
    /// <param name="index">Entry of the call.</param>
    /// <param name="result">The kernel's result.</param>
    /// <param name="pickedBuffer">Provided buffer that holds the bytes, where the attempt picked one; else -1.</param>
    void Finish(int index, long result, int pickedBuffer = -1);

    /// <summary>The answer to a cancellation that was pending.</summary>
    void FinishCancellation(int cancellation, long result);

    /// <summary>A registered descriptor may have become ready.</summary>
    /// <param name="fileDescriptor">Its number.</param>
    /// <param name="generation"><see cref="Descriptor.Generation"/> when it was registered: another one is the number's next owner.</param>
    /// <param name="events">Events as epoll(7) names them.</param>
    void OnReady(int fileDescriptor, uint generation, uint events);
}
