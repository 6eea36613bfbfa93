using System.Net;
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
    private EndPoint[] _listeners = [];
    private long _lastNumber;
    private long _idleConnections;
    private long _currentConnections;
    private long _totalConnections;
    private long _rejectedConnections;
    private TaskCompletionSource? _drained;

    public long CurrentConnections => Interlocked.Read(ref _currentConnections);

    public long TotalConnections => Interlocked.Read(ref _totalConnections);

    public long RejectedConnections => Interlocked.Read(ref _rejectedConnections);

    /// <summary>Connections closed because nothing was asked on them for too long.</summary>
    public long IdleConnections => Interlocked.Read(ref _idleConnections);

    /// <summary>Where it listens.</summary>
    public IReadOnlyList<EndPoint> Listeners => Volatile.Read(ref _listeners);

    /// <summary>Commands since the start; <see cref="Reset"/> leaves them.</summary>
    public long Commands => Sum().Commands;

    /// <summary>Meta commands since the start or the last <see cref="Reset"/>.</summary>
    public long MetaCommands => Sum().MetaCommands - _atReset.MetaCommands;

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
            connection.Number = ++_lastNumber;
            _open.Add(connection);
        }
    }

    public void AddListener(EndPoint endPoint)
    {
        lock (_gate)
        {
            Volatile.Write(ref _listeners, [.. _listeners, endPoint]);
        }
    }

    public void CountIdle() => Interlocked.Increment(ref _idleConnections);

    /// <summary>Those that are open now, in the order in which they came.</summary>
    public IReadOnlyList<OpenConnection> Open()
    {
        lock (_gate)
        {
            return [.. _open.OrderBy(static connection => connection.Number)];
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
        Interlocked.Exchange(ref _idleConnections, 0);
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

    private readonly record struct Traffic(long Commands, long MetaCommands, long BytesRead, long BytesWritten)
    {
        public Traffic With(KvSession session) =>
            new(Commands + session.Commands, MetaCommands + session.MetaCommands, BytesRead + session.ReadBytes, BytesWritten + session.WrittenBytes);
    }
}
