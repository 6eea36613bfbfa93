using System.Diagnostics;
using System.Net;
using System.Text;
using FlexSc.Measuring.Load;
using FlexSc.Measuring.Machine;

namespace FlexSc.Benchmarks.Load.Http;

/// <summary>
/// Sends requests at a fixed pace from one thread, the connections in turn. A request whose connection is still busy waits for
/// it; its latency counts from when it was meant to be sent all the same, so that a stalled server cannot hide its stall.
/// </summary>
internal sealed class PacedLoop : IDisposable
{
    private const long NsPerSecond = 1_000_000_000;
    private const long MaxWaitNs = 1_000_000;

    // A sleep ends some microseconds late; what is due sooner is waited for awake.
    private const long SpinBelowNs = 100_000;

    private readonly PacedConnection[] _connections;
    private readonly long[] _nextRequest;
    private readonly int _answerBytes;
    private readonly double _intervalNs;
    private readonly LiveCount? _count;
    private readonly Latencies _latencies = new();
    private readonly PacedIntervals? _intervals;
    private readonly ConnectionEvents _events = new();
    private long _start;
    private long _issued;

    // The request that measured the answer: the server counts it too.
    private long _answered = 1;
    private long _errors;
    private string _firstError = "";

    /// <param name="count">Where to count answers for others to see; null for nobody.</param>
    /// <param name="intervals">Where to count by the span that a request belongs to; null for nowhere.</param>
    public PacedLoop(
        IPEndPoint server, string path, int connections, int offeredPerSecond, LiveCount? count = null, PacedIntervals? intervals = null)
    {
        _count = count;
        _intervals = intervals;
        _intervalNs = (double)NsPerSecond / offeredPerSecond;
        byte[] request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server}\r\n\r\n");
        _answerBytes = PacedConnection.MeasureAnswer(server, request);

        // The kernel rounds waits up to 50 us otherwise.
        _ = NativeCalls.SetProcessOption(NativeCalls.TimerSlack, 1, 0, 0, 0);
        _connections = new PacedConnection[connections];
        _nextRequest = new long[connections];
        for (int index = 0; index < connections; index++)
        {
            _connections[index] = new PacedConnection(server, request);
            _nextRequest[index] = index;
            _events.Add(_connections[index].FileDescriptor, index);
        }
    }

    /// <summary>Runs the load. An error ends it early, and so does <paramref name="stop"/>.</summary>
    public LoadResult Run(TimeSpan duration, CancellationToken stop = default)
    {
        Latencies.RequireNanosecondClock();
        _start = Stopwatch.GetTimestamp();
        long end = _start + (duration.Ticks * TimeSpan.NanosecondsPerTick);
        long now = _start;
        while (now < end && _errors == 0 && !stop.IsCancellationRequested)
        {
            SendDue(now);
            int ready = Wait(Math.Min(IntendedAt(_issued), end) - Stopwatch.GetTimestamp());
            now = Stopwatch.GetTimestamp();
            for (int index = 0; index < ready; index++)
            {
                Serve(_events[index], now);
            }

            if (_count is not null)
            {
                _count.Value = _answered;
            }
        }

        RecordUnanswered(now);
        return _latencies.ToResult(_answered, _errors, _firstError) with { Intervals = _intervals?.ToList() ?? [] };
    }

    public void Dispose()
    {
        foreach (PacedConnection? connection in _connections)
        {
            connection?.Dispose();
        }

        _events.Dispose();
    }

    private long IntendedAt(long request) => _start + (long)(request * _intervalNs);

    // Request number k belongs to connection k modulo their number.
    private void SendDue(long now)
    {
        for (; IntendedAt(_issued) <= now; _issued++)
        {
            int index = (int)(_issued % _connections.Length);
            if (!_connections[index].IsBusy)
            {
                SendNext(index);
            }
        }
    }

    private void SendNext(int index)
    {
        long request = _nextRequest[index];
        _nextRequest[index] = request + _connections.Length;
        Note(_connections[index].Send(IntendedAt(request)));
    }

    private void Serve(int index, long now)
    {
        PacedConnection connection = _connections[index];
        Note(connection.Receive(_answerBytes, out bool answered));
        if (!answered)
        {
            return;
        }

        _answered++;
        Record(connection.IntendedAt, now);
        if (_nextRequest[index] < _issued)
        {
            SendNext(index);
        }
    }

    // Those that wait count with what they have waited: leaving them out would favour a server that is too slow.
    private void RecordUnanswered(long now)
    {
        for (int index = 0; index < _connections.Length; index++)
        {
            if (_connections[index].IsBusy)
            {
                Record(_connections[index].IntendedAt, now);
            }

            for (long request = _nextRequest[index]; request < _issued; request += _connections.Length)
            {
                Record(IntendedAt(request), now);
            }
        }
    }

    private void Record(long intendedAt, long now)
    {
        _latencies.Record(now - intendedAt);
        _intervals?.Record(intendedAt - _start, now - intendedAt);
    }

    private int Wait(long nanoseconds) =>
        _events.Wait(nanoseconds < SpinBelowNs ? 0 : Math.Min(nanoseconds - (SpinBelowNs / 2), MaxWaitNs));

    private void Note(string? error)
    {
        if (error is null)
        {
            return;
        }

        _errors++;
        if (_firstError.Length == 0)
        {
            _firstError = error;
        }
    }
}
