using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Tells a connection that its deadline has passed.</summary>
internal sealed class DeadlinePassed : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    public static readonly DeadlinePassed Instance = new();
}

/// <summary>A connection's place in the sweeper. The connection moves its deadline; the sweeper reads it.</summary>
internal sealed class ConnectionDeadline(IActorRef connection)
{
    private long _dueMs = long.MaxValue;

    public IActorRef Connection => connection;

    /// <summary>On the clock of <see cref="Environment.TickCount64"/>.</summary>
    public long DueMs
    {
        get => Volatile.Read(ref _dueMs);
        set => Volatile.Write(ref _dueMs, value);
    }
}

/// <summary>
/// Watches the deadlines of all connections with one thread that sleeps: moving a deadline, which happens at every reception,
/// is one store, and an idle service wakes up a few times a second however many connections it holds. A timer would wake two
/// threads each time, its own and one of the pool.
/// </summary>
internal sealed class DeadlineSweeper : IDisposable
{
    private readonly ConcurrentDictionary<ConnectionDeadline, byte> _deadlines = new();
    private readonly ManualResetEventSlim _stop = new(initialState: false, spinCount: 0);
    private readonly int _intervalMs;
    private readonly Thread _thread;

    public DeadlineSweeper(int intervalMs)
    {
        _intervalMs = intervalMs;
        _thread = new Thread(Run) { Name = "http-deadlines", IsBackground = true };
        _thread.Start();
    }

    public IEnumerable<IActorRef> Connections => _deadlines.Keys.Select(deadline => deadline.Connection);

    public ConnectionDeadline Add(IActorRef connection)
    {
        ConnectionDeadline deadline = new(connection);
        _deadlines[deadline] = 0;
        return deadline;
    }

    public void Remove(ConnectionDeadline deadline) => _deadlines.TryRemove(deadline, out _);

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(_intervalMs))
        {
            Sweep();
        }
    }

    private void Sweep()
    {
        long nowMs = Environment.TickCount64;
        foreach (KeyValuePair<ConnectionDeadline, byte> entry in _deadlines)
        {
            // The connection sets a new deadline when it takes the message; it may be told twice, which does no harm.
            if (entry.Key.DueMs <= nowMs)
            {
                entry.Key.Connection.Tell(DeadlinePassed.Instance, ActorRefs.NoSender);
            }
        }
    }
}
