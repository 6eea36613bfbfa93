using Akka.Actor;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>What the TCP connections of one loop share. On the loop's thread.</summary>
internal sealed class TcpLoop : IMovingResident
{
    /// <summary>Send blocks that are free beyond the bound go back to the system after so long, so that a busy loop does not map and unmap.</summary>
    private const int TrimPauseMs = 1000;

    private const int NextTrimPauseMs = 10;

    // A reference of an actor hashes its whole path.
    private readonly HashSet<TcpConnection> _connections = new(ReferenceEqualityComparer.Instance);
    private readonly ActorLoop _loop;
    private readonly TrimTimer _trim;

    public TcpLoop(ActorLoop loop)
    {
        _loop = loop;
        _trim = new TrimTimer(this);
        Receptions = new LoopReceptions(loop.Loop.Buffers.Count);
        MoveLimit = TimeSpan.FromMilliseconds(TcpLoopSettings.MoveLimitMsOf(loop.Group.System.Settings.Config));
        SendBlocks = new SendBlockPool(loop.Group.Settings.SendBlockBytes, loop.Group.Settings.SendPoolBytes);
    }

    /// <inheritdoc/>
    public TimeSpan MoveLimit { get; }

    public SendBlockPool SendBlocks { get; }

    public IReadOnlyCollection<TcpConnection> Connections => _connections;

    public LoopReceptions Receptions { get; }

    public IReadOnlyCollection<IMovable> Movables => _connections;

    public void Add(TcpConnection connection) => _connections.Add(connection);

    public void Remove(TcpConnection connection)
    {
        if (_connections.Remove(connection))
        {
            _loop.Io.ReleaseReservation();
        }
    }

    /// <summary>A connection leaves for another loop.</summary>
    public void Depart(TcpConnection connection)
    {
        _connections.Remove(connection);
        _loop.Io.OnDeparted();
    }

    /// <summary>A connection has come from another loop, where room was reserved for it here.</summary>
    public void Arrive(TcpConnection connection)
    {
        _connections.Add(connection);
        _loop.Io.OnArrived();
    }

    /// <summary>Gives a block back, and later to the system what is not needed.</summary>
    public void Return(SendBlock block)
    {
        SendBlocks.Return(block);
        if (SendBlocks.HasSurplus && !_trim.IsStarted && !_loop.Loop.IsStopping)
        {
            _loop.Loop.StartTimer(_trim, TrimPauseMs);
        }
    }

    public IReadOnlyList<(IActorRef Handler, Task<string?> Answer)> Move(IReadOnlySet<IActorRef> handlers, ActorLoop target) =>
    [
        .. _connections.Where(connection => connection.Handler is { } handler && handlers.Contains(handler)).ToArray()
            .Select(connection => (connection.Handler!, connection.MoveAsync(target))),
    ];

    public void OnStopping()
    {
        _loop.Loop.StopTimer(_trim);
        foreach (TcpConnection connection in _connections.ToArray())
        {
            connection.OnLoopStopping();
        }
    }

    public void OnEnded()
    {
        foreach (TcpConnection connection in _connections.ToArray())
        {
            connection.OnLoopEnded();
        }

        Receptions.ReclaimAll();
        SendBlocks.Free();
    }

    private void Trim()
    {
        if (SendBlocks.Trim())
        {
            _loop.Loop.StartTimer(_trim, NextTrimPauseMs);
        }
    }

    private sealed class TrimTimer(TcpLoop owner) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => owner.Trim();
    }
}

/// <summary>TCP's part of a loop, by name.</summary>
internal static class TcpLoopExtensions
{
    extension(LoopIo io)
    {
        /// <summary>What the TCP connections of the loop share. On the loop's thread.</summary>
        public TcpLoop Tcp => io.Get(static loop => new TcpLoop(loop));

        /// <summary>The TCP connections of the loop. On its thread.</summary>
        public IReadOnlyCollection<TcpConnection> Connections => io.Tcp.Connections;
    }
}
