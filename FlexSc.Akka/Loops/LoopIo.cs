using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Loops;

/// <summary>What the connections of one loop share. On the loop's thread, but for the counts.</summary>
internal sealed class LoopIo
{
    /// <summary>
    /// Entries a connection may have in use at once: its receive, its send, and one of cancel, shut down, set option, close.
    /// </summary>
    private const int EntriesPerConnection = 3;

    /// <summary>Entries left for accepting, connecting, files and whatever else an application submits.</summary>
    private const int ReservedEntries = 128;

    private readonly ActorLoop _loop;
    private readonly HashSet<TcpConnection> _connections = [];
    private readonly PooledReceived?[] _receptions;
    private int _connectionCount;
    private long _refusedConnections;

    public LoopIo(ActorLoop loop)
    {
        _loop = loop;
        SendBlocks = new SendBlockPool(loop.Group.Settings.SendBlockBytes, loop.Group.Settings.SendPoolBytes);
        _receptions = new PooledReceived?[loop.Loop.Buffers.Count];
        MaxConnections = Math.Max(1, (loop.Loop.EntryCount - ReservedEntries) / EntriesPerConnection);
    }

    public SendBlockPool SendBlocks { get; }

    /// <summary>Connections beyond are reset: the page set would have no entries for them.</summary>
    public int MaxConnections { get; }

    /// <summary>Open connections; from any thread.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Connections refused for <see cref="MaxConnections"/>; from any thread.</summary>
    public long RefusedConnections => Volatile.Read(ref _refusedConnections);

    public IReadOnlyCollection<TcpConnection> Connections => _connections;

    /// <summary>Counts a connection in. False when there is no room for it.</summary>
    public bool TryReserveConnection()
    {
        if (_connectionCount >= MaxConnections || !_loop.Loop.TryReserveEntries(EntriesPerConnection))
        {
            _refusedConnections++;
            return false;
        }

        _connectionCount++;
        return true;
    }

    public void ReleaseReservation()
    {
        _connectionCount--;
        _loop.Loop.ReleaseEntries(EntriesPerConnection);
    }

    public void Add(TcpConnection connection) => _connections.Add(connection);

    public void Remove(TcpConnection connection)
    {
        if (_connections.Remove(connection))
        {
            ReleaseReservation();
        }
    }

    /// <summary>The message object of a receive buffer: one each, used again and again.</summary>
    public PooledReceived ReceptionOf(ushort bufferId) => _receptions[bufferId] ??= new PooledReceived(bufferId);

    /// <summary>Resets every connection.</summary>
    public void AbortAll()
    {
        foreach (TcpConnection connection in _connections.ToArray())
        {
            connection.Tell(Tcp.Abort.Instance, ActorRefs.NoSender);
        }
    }

    /// <summary>The loop takes no calls any more: what is open is closed without it.</summary>
    public void Free()
    {
        foreach (TcpConnection connection in _connections.ToArray())
        {
            connection.OnLoopEnded();
        }

        SendBlocks.Free();
    }
}
