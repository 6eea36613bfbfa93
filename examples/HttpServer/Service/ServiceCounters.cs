using FlexSc.Examples.Shared;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Figures of the whole service; any thread may read and add.</summary>
internal sealed class ServiceCounters
{
    private long _requests;

    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Connections whose handlers live.</summary>
    public Gauge Connections { get; } = new();

    /// <summary>Static files that are open.</summary>
    public Gauge OpenFiles { get; } = new();

    /// <summary>Connections that are not read until what was written to them has drained.</summary>
    public Gauge HeldUpConnections { get; } = new();

    public void AddRequests(long count) => Interlocked.Add(ref _requests, count);
}
