namespace FlexSc.Akka.Loops;

/// <summary>Why an actor was taken off its loop.</summary>
public enum EvictionReason
{
    /// <summary>Its handler held the loop up for longer than <c>flexsc.loops.stall-warning-ms</c>.</summary>
    Stall,

    /// <summary>It had too many slow runs (<c>flexsc.eviction.slow-runs</c>).</summary>
    SlowRuns,

    /// <summary>The application asked for it.</summary>
    Request,
}

/// <summary>
/// On the actor system's event stream: an actor runs on the thread pool from its next message on, because it held up the I/O of its
/// loop. Its connections are still served by the loop, and messages of one sender keep their order.
/// </summary>
/// <param name="Path">Path of the actor.</param>
/// <param name="Loop">Number of the loop it leaves.</param>
/// <param name="Reason">Why.</param>
public sealed record ActorEvicted(string Path, int Loop, EvictionReason Reason);

/// <summary>On the actor system's event stream: an actor that was evicted runs on its loop again.</summary>
/// <param name="Path">Path of the actor.</param>
/// <param name="Loop">Number of the loop it runs on now: another than it left, where it was moved meanwhile.</param>
public sealed record ActorReturned(string Path, int Loop);
