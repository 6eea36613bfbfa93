using Akka.Actor;
using Akka.Event;
using Akka.IO;

namespace FlexSc.Akka.IO;

/// <summary>What the connections of one listener, or of all Connect commands, belong to. From any thread.</summary>
internal sealed class TcpOwner(ActorPath path, string connectionName, ILoggingAdapter log)
{
    private long _nextConnection;
    private long _accepted;
    private long _failed;
    private long _retried;
    private long _closed;
    private volatile bool _isAborted;

    public ILoggingAdapter Log => log;

    /// <summary>What counts its connections; null for those of Connect commands, which were not accepted.</summary>
    public AcceptedConnections? Accepted { get; init; }

    /// <summary>All its connections are to be reset, those included that are on their way from one loop to another.</summary>
    public bool IsAborted => _isAborted;

    /// <summary>The figures that Akka.IO's listeners publish.</summary>
    public Tcp.TcpListenerStatistics Statistics => new()
    {
        AcceptedIncomingConnections = Interlocked.Read(ref _accepted),
        FailedIncomingConnections = Interlocked.Read(ref _failed),
        RetriedIncomingConnections = Interlocked.Read(ref _retried),
        IncomingConnectionsClosed = Interlocked.Read(ref _closed),
    };

    /// <summary>A path below the owner's, never used again, so that it needs no uid.</summary>
    public ActorPath NextConnectionPath() => path / $"{connectionName}-{Interlocked.Increment(ref _nextConnection)}";

    /// <summary>All its connections are to be reset; those that are on a loop are told.</summary>
    public void OnAborting() => _isAborted = true;

    /// <summary>A connection was accepted: <see cref="OnConnectionClosed"/> follows, or <see cref="OnNotAdmitted"/>.</summary>
    public void OnAccepted()
    {
        Interlocked.Increment(ref _accepted);
        Accepted?.OnOpened();
    }

    /// <summary>Its socket is closed, and nobody was told of it.</summary>
    public void OnNotAdmitted() => Accepted?.OnClosed();

    public void OnAcceptFailed() => Interlocked.Increment(ref _failed);

    /// <summary>Connections that waited to be accepted were reset with their listening socket.</summary>
    public void OnListenerLost(int waiting) => Interlocked.Add(ref _failed, waiting);

    public void OnAcceptRetried() => Interlocked.Increment(ref _retried);

    public void OnConnectionClosed()
    {
        Interlocked.Increment(ref _closed);
        Accepted?.OnClosed();
    }
}
