using Akka.Actor;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.Loops;

/// <summary>
/// The loops of an actor system for system calls of the application's own. A handler on <c>flexsc.dispatcher</c> runs on a loop
/// already and awaits calls of <see cref="SyscallLoop.Current"/>: what follows the await runs on that loop as well, after the
/// handler and not as part of it, so it tells the actor what it found and touches none of its state. The next message may find the actor on another
/// loop (<c>flexsc.loops.share-actors</c>, <c>flexsc.eviction</c>) unless its dispatcher says <c>evict = off</c>.
/// </summary>
public static class FlexLoops
{
    /// <summary>
    /// Runs asynchronous work on the next loop in turn, from any thread; starts the loops. What the work awaits of its loop
    /// continues there, and what awaits the result continues on the thread pool.
    /// </summary>
    /// <exception cref="LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    /// <exception cref="InvalidOperationException">The system has terminated.</exception>
    /// <exception cref="LoopGivenUpException">The loop was given up before it came to the work, which is not done.</exception>
    public static Task<T> RunAsync<T>(ActorSystem system, Func<SyscallLoop, Task<T>> work) => RunAsync(GroupOf(system).Next(), work);

    /// <summary>As <see cref="RunAsync{T}(ActorSystem, Func{SyscallLoop, Task{T}})"/>, on the loop of a number.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="index">As <see cref="LoopFigures.Index"/>.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such loop.</exception>
    /// <exception cref="LinuxException">A loop cannot be set up; the text names the remedy.</exception>
    /// <exception cref="InvalidOperationException">The system has terminated.</exception>
    /// <exception cref="LoopGivenUpException">As there.</exception>
    public static Task<T> RunAsync<T>(ActorSystem system, int index, Func<SyscallLoop, Task<T>> work)
    {
        IReadOnlyList<ActorLoop> loops = GroupOf(system).Loops;
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, loops.Count);
        return RunAsync(loops[index], work);
    }

    /// <summary>
    /// Ends when the loops that were started have ended: no call of theirs is in flight, and their descriptors are closed. They end
    /// after the actor system; faulted when an error ended one.
    /// </summary>
    public static Task WhenEnded(ActorSystem system) => Task.WhenAll(GroupOf(system).StartedLoops.Select(loop => loop.Loop.Ended));

    /// <summary>
    /// The loops that are given up now, because their work has not come back for <c>flexsc.loops.give-up-ms</c>, by number. Starts none.
    /// </summary>
    public static IReadOnlyList<LoopGivenUp> GivenUp(ActorSystem system) => GroupOf(system).GivenUp.All;

    /// <summary>
    /// The value of <c>flexsc.loops.pages</c> with which one loop carries so many connections, where each of them can be read from and
    /// written to at the same time; no more than that key allows, and no less than its default.
    /// </summary>
    /// <param name="connections">Connections of a loop; 0 or more.</param>
    /// <param name="backend">Who executes the calls: kernel-module takes fewer pages.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static int PagesFor(int connections, SyscallBackendKind backend = SyscallBackendKind.Auto)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(connections);
        int most = backend == SyscallBackendKind.KernelModule ? SyscallLoopOptions.MaxKernelModulePages : SyscallLoopOptions.MaxPages;
        long pages = (LoopIo.EntriesFor(connections) + SyscallLoopOptions.EntriesPerPage - 1) / SyscallLoopOptions.EntriesPerPage;
        return (int)Math.Clamp(pages, LoopSettings.UsualPages, most);
    }

    private static LoopGroup GroupOf(ActorSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        return LoopGroup.Of(system);
    }

    private static Task<T> RunAsync<T>(ActorLoop loop, Func<SyscallLoop, Task<T>> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return loop.AskAsync(() => work(loop.Loop));
    }
}
