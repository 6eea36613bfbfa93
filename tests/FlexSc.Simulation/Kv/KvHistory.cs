using System.Text;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Kv;

/// <summary>
/// What all connections asked of a store and were answered. It is right when there is an order in which a store that does one command
/// at a time would have answered the same: each command at some time between its sending and its answer, those of a connection in
/// their order. Keys do not touch each other, so each is looked at alone (Herlihy and Wing 1990; the search is Wing and Gong's 1993).
/// </summary>
internal sealed class KvHistory
{
    private readonly List<List<KvOperation>> _connections = [];
    private long _now;

    /// <summary>Moments, one after the other.</summary>
    public long Next() => ++_now;

    public List<KvOperation> AddConnection()
    {
        List<KvOperation> operations = [];
        _connections.Add(operations);
        return operations;
    }

    /// <exception cref="SimulationFailure">No order explains the answers.</exception>
    public void Check()
    {
        foreach (string key in _connections.SelectMany(static connection => connection).Select(static operation => operation.Key).Distinct())
        {
            KvOperation[][] connections = [.. _connections
                .Select(connection => connection.Where(operation => operation.Key == key).ToArray()).Where(static operations => operations.Length > 0)];
            Search search = new(connections);
            if (!search.Explains())
            {
                throw new SimulationFailure(
                    $"no order of the commands on {key} explains the answers; the furthest comes to {string.Join(" or ", search.Furthest)}");
            }
        }
    }

    private sealed class Search(KvOperation[][] connections)
    {
        private readonly HashSet<(string Done, KvState State)> _seen = [];
        private readonly int[] _done = new int[connections.Length];
        private int _most = -1;

        public List<KvOperation> Furthest { get; private set; } = [];

        public bool Explains() => GoOn(default);

        private bool GoOn(KvState state)
        {
            // None may come before one that was done when it was sent.
            long firstDone = long.MaxValue;
            for (int i = 0; i < connections.Length; i++)
            {
                firstDone = Math.Min(firstDone, _done[i] < connections[i].Length ? connections[i][_done[i]].DoneAt : KvOperation.Never);
            }

            if (firstDone == KvOperation.Never)
            {
                return true;
            }

            if (!_seen.Add((DoneKey(), state)))
            {
                return false;
            }

            for (int i = 0; i < connections.Length; i++)
            {
                if (_done[i] < connections[i].Length && connections[i][_done[i]] is var next && next.SentAt < firstDone)
                {
                    foreach (KvState after in next.After(state))
                    {
                        _done[i]++;
                        if (GoOn(after))
                        {
                            return true;
                        }

                        _done[i]--;
                    }
                }
            }

            NoteFurthest();
            return false;
        }

        private void NoteFurthest()
        {
            if (_done.Sum() > _most)
            {
                _most = _done.Sum();
                Furthest = [.. connections.Select((connection, i) => _done[i] < connection.Length ? connection[_done[i]] : null).OfType<KvOperation>()];
            }
        }

        private string DoneKey()
        {
            StringBuilder key = new();
            foreach (int done in _done)
            {
                key.Append((char)done);
            }

            return key.ToString();
        }
    }
}
