using Akka.Actor;
using FlexSc.Examples.KvServer.Protocol;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>
/// What concerns connections and not items. Safe from any thread. A request touches nothing of it: each session counts for
/// itself, and the sums are made when somebody asks.
/// </summary>
internal sealed class KvCounters
{
    private readonly Lock _gate = new();
    private readonly HashSet<OpenConnection> _open = [];
    private Traffic _closed;
    private Traffic _atReset;
    private long _currentConnections;
    private long _totalConnections;
    private long _rejectedConnections;
    private TaskCompletionSource? _drained;

    public long CurrentConnections => Interlocked.Read(ref _currentConnections);

    public long TotalConnections => Interlocked.Read(ref _totalConnections);

    public long RejectedConnections => Interlocked.Read(ref _rejectedConnections);

    /// <summary>Commands since the start; <see cref="Reset"/> leaves them.</summary>
    public long Commands => Sum().Commands;

    public long BytesRead => Sum().BytesRead - _atReset.BytesRead;

    public long BytesWritten => Sum().BytesWritten - _atReset.BytesWritten;

    /// <summary>Counts a connection in before its actor runs. False, and counted as rejected, when there are that many already.</summary>
    public bool TryAdmit(int maxConnections)
    {
        if (Interlocked.Increment(ref _currentConnections) > maxConnections)
        {
            Interlocked.Decrement(ref _currentConnections);
            Interlocked.Increment(ref _rejectedConnections);
            return false;
        }

        Interlocked.Increment(ref _totalConnections);
        return true;
    }

    public void Add(OpenConnection connection)
    {
        lock (_gate)
        {
            _open.Add(connection);
        }
    }

    /// <summary>Counts an admitted connection out.</summary>
    public void Remove(OpenConnection connection)
    {
        lock (_gate)
        {
            _open.Remove(connection);
            _closed = _closed.With(connection.Session);
        }

        if (Interlocked.Decrement(ref _currentConnections) == 0)
        {
            Volatile.Read(ref _drained)?.TrySetResult();
        }
    }

    /// <summary>The service is asked to stop.</summary>
    public bool IsDraining => Volatile.Read(ref _drained) is not null;

    /// <summary>Has every connection finish and close, and those that come later; once.</summary>
    /// <returns>Ends when there is none any more.</returns>
    public Task DrainAsync()
    {
        TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            Interlocked.Exchange(ref _drained, drained);
            foreach (OpenConnection connection in _open)
            {
                connection.Actor.Tell(DrainConnection.Instance, ActorRefs.NoSender);
            }
        }

        if (CurrentConnections == 0)
        {
            drained.TrySetResult();
        }

        return drained.Task;
    }

    /// <summary>Tells every connection whose deadline has passed. It may be told again until it moved its deadline.</summary>
    public void TellOverdue()
    {
        long nowMs = Environment.TickCount64;
        lock (_gate)
        {
            foreach (OpenConnection connection in _open)
            {
                if (connection.DueMs <= nowMs)
                {
                    connection.Actor.Tell(DeadlinePassed.Instance, ActorRefs.NoSender);
                }
            }
        }
    }

    public void Reset()
    {
        Interlocked.Exchange(ref _totalConnections, 0);
        Interlocked.Exchange(ref _rejectedConnections, 0);
        Traffic sum = Sum();
        lock (_gate)
        {
            _atReset = sum;
        }
    }

    private Traffic Sum()
    {
        lock (_gate)
        {
            Traffic sum = _closed;
            foreach (OpenConnection connection in _open)
            {
                sum = sum.With(connection.Session);
            }

            return sum;
        }
    }

    private readonly record struct Traffic(long Commands, long BytesRead, long BytesWritten)
    {
        public Traffic With(KvSession session) =>
            new(Commands + session.Commands, BytesRead + session.ReadBytes, BytesWritten + session.WrittenBytes);
    }
}
