using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Tmds.Linux;

namespace FlexSc.Benchmarks.Load.Kv;

/// <summary>
/// One connection that sends a batch, waits for all of its replies and sends the next: a closed loop. The socket is opened by
/// .NET and then used by bare calls, since the generator has to cost less than the server.
/// </summary>
internal sealed unsafe class KvConnection : IDisposable
{
    private const int MaxTextInError = 60;

    private readonly KvWorkload _workload;
    private readonly Socket _socket;
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
        _requests = GC.AllocateUninitializedArray<byte>(workload.MaxRequestBytes * maxBatch, pinned: true);
        _replies = GC.AllocateUninitializedArray<byte>(workload.MaxReplyBytes * maxBatch, pinned: true);
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        _socket.Blocking = false;
        FileDescriptor = (int)_socket.Handle;
    }

    public int FileDescriptor { get; }

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
        fixed (byte* data = _requests)
        {
            ssize_t sent = LibC.send(FileDescriptor, data, bytes, LibC.MSG_NOSIGNAL);

            // The batch before was answered in full, so the socket's buffer is empty and larger than any batch.
            return (long)sent == bytes ? null
                : (long)sent < 0 ? $"send failed: {Marshal.GetLastPInvokeErrorMessage()}"
                : $"send took {(long)sent} of {bytes} bytes: the socket's send buffer is smaller than a batch, lower --value-bytes or the depth";
        }
    }

    /// <summary>Takes what has arrived and checks it byte for byte.</summary>
    /// <param name="latencies">Gets the latency of each reply, in nanoseconds; null outside the measured time.</param>
    /// <param name="answered">Replies that came complete.</param>
    /// <returns>What went wrong, or null.</returns>
    public string? Receive(Latencies? latencies, out int answered)
    {
        answered = 0;
        fixed (byte* data = _replies)
        {
            int room = _replies.Length - _end;
            if (room == 0)
            {
                return $"more bytes than the replies have: {Text(_replies.AsSpan(_start))}";
            }

            long received = (long)LibC.recv(FileDescriptor, data + _end, room, 0);
            if (received < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                return error == LibC.EAGAIN || error == LibC.EINTR ? null : $"recv failed: {Marshal.GetPInvokeErrorMessage(error)}";
            }

            if (received == 0)
            {
                return "the server closed the connection";
            }

            _end += (int)received;
        }

        return Match(latencies, ref answered);
    }

    public void Dispose() => _socket.Dispose();

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
