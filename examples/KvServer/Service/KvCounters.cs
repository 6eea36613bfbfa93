namespace FlexSc.Examples.KvServer.Service;

/// <summary>What concerns connections and not items. Safe from any thread.</summary>
internal sealed class KvCounters
{
    private long _currentConnections;
    private long _totalConnections;
    private long _rejectedConnections;
    private long _commands;
    private long _bytesRead;
    private long _bytesWritten;

    public long CurrentConnections => Interlocked.Read(ref _currentConnections);

    public long TotalConnections => Interlocked.Read(ref _totalConnections);

    public long RejectedConnections => Interlocked.Read(ref _rejectedConnections);

    public long Commands => Interlocked.Read(ref _commands);

    public long BytesRead => Interlocked.Read(ref _bytesRead);

    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    public void ConnectionOpened()
    {
        Interlocked.Increment(ref _currentConnections);
        Interlocked.Increment(ref _totalConnections);
    }

    public void ConnectionClosed() => Interlocked.Decrement(ref _currentConnections);

    public void ConnectionRejected() => Interlocked.Increment(ref _rejectedConnections);

    public void Served(long commands, long bytesRead, long bytesWritten)
    {
        Interlocked.Add(ref _commands, commands);
        Interlocked.Add(ref _bytesRead, bytesRead);
        Interlocked.Add(ref _bytesWritten, bytesWritten);
    }

    public void Reset()
    {
        Interlocked.Exchange(ref _totalConnections, 0);
        Interlocked.Exchange(ref _rejectedConnections, 0);
        Interlocked.Exchange(ref _bytesRead, 0);
        Interlocked.Exchange(ref _bytesWritten, 0);
    }
}
