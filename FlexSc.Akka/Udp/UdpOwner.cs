using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>What the sockets of one manager belong to. From any thread.</summary>
internal sealed class UdpOwner(ActorPath path, ILoggingAdapter log, UdpLoopSettings settings, UdpCounters[] counters, TimeProvider clock)
{
    private long _nextSocket;

    public ILoggingAdapter Log => log;

    public UdpLoopSettings Settings => settings;

    /// <summary>By the index of the loop.</summary>
    public UdpCounters[] Counters => counters;

    /// <summary>Datagrams that are too large: a line when it begins, not for each.</summary>
    public WarningEpisode Truncation { get; } = new(log, clock);

    /// <summary>A path below the manager's, never used again, so that it needs no uid.</summary>
    public ActorPath NextPath() => path / $"socket-{Interlocked.Increment(ref _nextSocket)}";
}
