namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Counters of the whole service; any thread may read and add.</summary>
internal sealed class ServiceCounters
{
    private long _requests;

    public long Requests => Interlocked.Read(ref _requests);

    public void AddRequests(long count) => Interlocked.Add(ref _requests, count);
}
