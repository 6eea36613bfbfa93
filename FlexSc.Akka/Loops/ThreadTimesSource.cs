using Akka.Actor.Setup;

namespace FlexSc.Akka.Loops;

/// <summary>Where an actor system's watchdog has the times of threads from: the kernel, unless the system was made with another.</summary>
/// <param name="read">Reads those of a thread, by the kernel's number of it. From the watchdog's thread.</param>
internal sealed class ThreadTimesSource(Func<int, ThreadTimes> read) : Setup
{
    /// <summary>The kernel.</summary>
    public static ThreadTimesSource Kernel { get; } = new(ThreadTimes.Of);

    public ThreadTimes Read(int threadId) => read(threadId);
}
