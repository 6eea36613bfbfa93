using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>
/// What a connection tells a stage. It asks the connection, which is in pull mode, for one reception after the other, on the thread that
/// tells them, as long as less than so many bytes wait: while a stream takes what comes, its connection's loop need not be told anything.
/// </summary>
internal sealed class ConnectionInbox(ActorSystem system, int readAheadBytes) : StageInbox(system)
{
    private readonly Queue<ByteString> _receptions = new();
    private long _waitingBytes;
    private bool _isPaused;
    private bool _discards;

    /// <summary>Bytes that wait to be taken. From any thread.</summary>
    public long WaitingBytes => Volatile.Read(ref _waitingBytes);

    /// <summary>The next bytes. What they make room for is asked for.</summary>
    public bool TryTakeReception(IActorRef connection, [NotNullWhen(true)] out ByteString? bytes)
    {
        bool resume = false;
        lock (Gate)
        {
            if (_receptions.TryDequeue(out bytes))
            {
                _waitingBytes -= bytes.Count;

                // Not before half of it is free, so that the loop is told seldom.
                resume = _isPaused && _waitingBytes <= readAheadBytes / 2;
                _isPaused &= !resume;
            }
        }

        if (resume)
        {
            connection.Tell(Tcp.ResumeReading.Instance, this);
        }

        return bytes is not null;
    }

    /// <summary>
    /// Nobody wants the rest. It is received all the same: TCP cannot end the other direction alone, and a peer that may not go on
    /// writing may not go on reading, either.
    /// </summary>
    public void Discard(IActorRef? connection)
    {
        bool resume;
        lock (Gate)
        {
            _discards = true;
            _receptions.Clear();
            _waitingBytes = 0;
            resume = _isPaused;
            _isPaused = false;
        }

        if (resume)
        {
            connection?.Tell(Tcp.ResumeReading.Instance, this);
        }
    }

    public override void Close()
    {
        base.Close();
        Discard(connection: null);
    }

    protected override bool TryPut(object message, out object? answer)
    {
        answer = null;
        if (message is not Tcp.Received received)
        {
            return false;
        }

        if (!_discards)
        {
            _receptions.Enqueue(received.Data);
            _waitingBytes += received.Data.Count;
        }

        _isPaused = _waitingBytes >= readAheadBytes;
        answer = _isPaused ? null : Tcp.ResumeReading.Instance;
        return true;
    }
}
