using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FlexSc.Measuring.Load;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>
/// One connection that sends a batch, waits for all of its replies and sends the next: a closed loop.
/// </summary>
internal sealed class KvConnection : IDisposable
{
    private const int MaxTextInError = 60;

    private readonly KvWorkload _workload;
    private readonly BareConnection _connection;
    private readonly KvCommand[] _batch;
    private readonly byte[] _requests;
    private readonly byte[] _replies;
    private int _batchLength;
    private int _answered;
    private int _start;
    private int _end;
    private long _sentAt;

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public KvConnection(KvWorkload workload, IPEndPoint server, int maxBatch)
    {
        _workload = workload;
        _batch = new KvCommand[maxBatch];
        _requests = new byte[workload.MaxRequestBytes * maxBatch];
        _replies = new byte[workload.MaxReplyBytes * maxBatch];
        _connection = new BareConnection(server);
    }

    public int FileDescriptor => _connection.FileDescriptor;

    public bool BatchIsAnswered => _answered == _batchLength;

    /// <summary>Sends a batch in one write.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Send(ReadOnlySpan<KvCommand> commands)
    {
        Debug.Assert(BatchIsAnswered, "a batch is sent when the one before it is answered");
        commands.CopyTo(_batch);
        _batchLength = commands.Length;
        _answered = 0;
        _start = 0;
        _end = 0;
        int bytes = 0;
        foreach (KvCommand command in commands)
        {
            byte[] request = _workload.Request(command);
            request.CopyTo(_requests.AsSpan(bytes));
            bytes += request.Length;
        }

        _sentAt = Stopwatch.GetTimestamp();
        return _connection.Send(_requests.AsSpan(0, bytes));
    }

    /// <summary>Takes what has arrived and checks it byte for byte.</summary>
    /// <param name="latencies">Gets the latency of each reply, in nanoseconds; null outside the measured time.</param>
    /// <param name="answered">Replies that came complete.</param>
    /// <returns>What went wrong, or null.</returns>
    public string? Receive(Latencies? latencies, out int answered)
    {
        answered = 0;
        if (_end == _replies.Length)
        {
            return $"more bytes than the replies have: {Text(_replies.AsSpan(_start))}";
        }

        string? error = _connection.Receive(_replies.AsSpan(_end), out int count);
        _end += count;
        return error ?? Match(latencies, ref answered);
    }

    public void Dispose() => _connection.Dispose();

    private string? Match(Latencies? latencies, ref int answered)
    {
        long latency = Stopwatch.GetTimestamp() - _sentAt;
        while (!BatchIsAnswered)
        {
            ReadOnlySpan<byte> expected = _workload.Reply(_batch[_answered]);
            ReadOnlySpan<byte> arrived = _replies.AsSpan(_start, Math.Min(expected.Length, _end - _start));
            if (!expected.StartsWith(arrived))
            {
                return $"expected '{Text(expected)}', got '{Text(arrived)}'";
            }

            if (arrived.Length < expected.Length)
            {
                return null;
            }

            _start += expected.Length;
            _answered++;
            answered++;
            latencies?.Record(latency);
        }

        return _start == _end ? null : $"bytes after the last reply: '{Text(_replies.AsSpan(_start, _end - _start))}'";
    }

    private static string Text(ReadOnlySpan<byte> bytes) =>
        Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, MaxTextInError)]).ReplaceLineEndings("\\r\\n");
}
