using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using FlexSc.Measuring;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>Drives all connections from one thread by epoll(7).</summary>
internal sealed class KvLoadLoop : IDisposable
{
    private const long WaitNs = 100_000_000;
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    private readonly KvWorkload _workload;
    private readonly KvMix _mix;
    private readonly KvConnection[] _connections;
    private readonly KvCommand[] _batch;
    private readonly LiveCount? _count;
    private readonly Latencies _latencies = new();
    private readonly ConnectionEvents _events = new();
    private int _open;
    private long _errors;
    private string _firstError = "";
    private long _requests;

    /// <param name="count">Where to count replies for others to see; null for nobody.</param>
    public KvLoadLoop(KvWorkload workload, KvMix mix, IPEndPoint server, LoadShape shape, LiveCount? count = null)
    {
        _count = count;
        _workload = workload;
        _mix = mix;
        _batch = new KvCommand[shape.PipelineDepth];
        _connections = new KvConnection[shape.Connections];
        for (int index = 0; index < _connections.Length; index++)
        {
            _connections[index] = new KvConnection(_workload, server, shape.PipelineDepth);
            _events.Add(_connections[index].FileDescriptor, index);
            _open++;
        }
    }

    /// <summary>Runs the load. A connection that fails takes no further part.</summary>
    /// <param name="settle">Time at the start whose latencies are not recorded.</param>
    /// <param name="duration">All of the time, <paramref name="settle"/> included.</param>
    /// <param name="stop">Ends it early.</param>
    public LoadResult Run(TimeSpan settle, TimeSpan duration, CancellationToken stop = default)
    {
        Latencies.RequireNanosecondClock();
        long start = Stopwatch.GetTimestamp();
        for (int index = 0; index < _connections.Length; index++)
        {
            SendNext(index);
        }

        Drive(start + settle.Ticks * TimeSpan.NanosecondsPerTick, start + duration.Ticks * TimeSpan.NanosecondsPerTick, stop);
        return _latencies.ToResult(_requests, _errors, _firstError);
    }

    /// <summary>Sets every key once, on the first connection.</summary>
    /// <exception cref="MeasurementException">The server refused one.</exception>
    public static void Fill(KvWorkload workload, IPEndPoint server, int depth)
    {
        using KvConnection connection = new(workload, server, depth);
        KvCommand[] batch = new KvCommand[depth];
        for (int first = 0; first < workload.Keys; first += depth)
        {
            int count = Math.Min(depth, workload.Keys - first);
            for (int index = 0; index < count; index++)
            {
                batch[index] = new KvCommand(first + index, IsSet: true);
            }

            Exchange(connection, batch.AsSpan(0, count));
        }
    }

    /// <summary>Sends one batch and waits for its replies.</summary>
    /// <exception cref="MeasurementException">A reply is wrong or late.</exception>
    public static void Exchange(KvConnection connection, ReadOnlySpan<KvCommand> batch)
    {
        string? error = connection.Send(batch);
        long start = Stopwatch.GetTimestamp();
        while (error is null && !connection.BatchIsAnswered)
        {
            error = connection.Receive(null, out _);
            if (Stopwatch.GetElapsedTime(start) > SilenceLimit)
            {
                error = $"no reply within {SilenceLimit.TotalSeconds:0} s";
            }
        }

        if (error is not null)
        {
            throw new MeasurementException($"the key-value server at its first commands: {error}");
        }
    }

    public void Dispose()
    {
        foreach (KvConnection? connection in _connections)
        {
            connection?.Dispose();
        }

        _events.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Drive(long recordFrom, long end, CancellationToken stop)
    {
        long lastReply = Stopwatch.GetTimestamp();
        while (_open > 0)
        {
            int count = _events.Wait(WaitNs);
            long now = Stopwatch.GetTimestamp();
            if (now >= end || stop.IsCancellationRequested)
            {
                return;
            }

            if (count > 0)
            {
                lastReply = now;
            }
            else if (Stopwatch.GetElapsedTime(lastReply, now) > SilenceLimit)
            {
                Fail(null, $"no reply on any connection for {SilenceLimit.TotalSeconds:0} s");
                return;
            }

            Latencies? latencies = now >= recordFrom ? _latencies : null;
            for (int index = 0; index < count; index++)
            {
                Serve(_events[index], latencies);
            }

            if (_count is not null)
            {
                _count.Value = _requests;
            }
        }
    }

    private void Serve(int index, Latencies? latencies)
    {
        KvConnection connection = _connections[index];
        string? error = connection.Receive(latencies, out int answered);
        _requests += answered;
        if (error is not null)
        {
            Fail(connection, error);
        }
        else if (connection.BatchIsAnswered)
        {
            SendNext(index);
        }
    }

    private void SendNext(int index)
    {
        for (int command = 0; command < _batch.Length; command++)
        {
            _batch[command] = _mix.Next();
        }

        if (_connections[index].Send(_batch) is { } error)
        {
            Fail(_connections[index], error);
        }
    }

    private void Fail(KvConnection? connection, string error)
    {
        _errors++;
        if (_firstError.Length == 0)
        {
            _firstError = error;
        }

        if (connection is not null)
        {
            connection.Dispose();
            _open--;
        }
    }
}
