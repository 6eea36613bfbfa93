using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <content>What ties receiving to a loop: calls under way, the wait for a buffer, receptions outside.</content>
internal sealed partial class TcpReceiver
{
    /// <summary>Used again for each wait on the loop; null before the first one there.</summary>
    private BufferWait? _bufferWait;

    /// <summary>
    /// Receptions of loops that were left, as long as some of theirs are outside. Replaced as a whole: once the connection's loop has ended
    /// any thread looks at it.
    /// </summary>
    private volatile Receptions[] _former = [];

    /// <summary>No call is under way, and nothing waits to act.</summary>
    public bool IsAtRest => !_operation.IsPending && !_peerEndAwaitsCommands && _watch is null or { IsAtRest: true };

    /// <summary>It stands in its loop's line for a buffer.</summary>
    private bool AwaitsBuffers => _bufferWait is { IsInLine: true };

    /// <summary>A suspended reader is still told one reception.</summary>
    public bool DeliversOnce => _deliversOnce;

    /// <summary>Nothing is outside, on whatever loop it was received.</summary>
    public bool HasNothingOutside => Receptions.IsEmpty && _former.Length == 0;

    /// <summary>A receive is under way that waits for bytes.</summary>
    public bool IsReceiving => _operation.IsPending && _peekMemory is null;

    /// <summary>Leaves the loop. At rest.</summary>
    public void Depart()
    {
        _watch?.Stop();
        _bufferWait?.Forget();
        _bufferWait = null;
        ReadAhead.Leave();
        if (Receptions.Leave() > 0)
        {
            _former = [.. _former, Receptions];
        }
    }

    /// <summary>Has come to the connection's loop.</summary>
    public void Arrive()
    {
        Receptions = new Receptions(this);
        ReadAhead.Arrive();
    }

    /// <summary>The handler has died with what it had not released.</summary>
    public void ReclaimReceptions()
    {
        Receptions.Reclaim();
        ReclaimFormer();
    }

    /// <summary>
    /// The handler has died with buffers of loops that were left: they are taken back there. What it had of the connection's own loop, which
    /// may have ended, is not looked at. From any thread.
    /// </summary>
    public void ReclaimFormer() => Array.ForEach(_former, static receptions => receptions.ReclaimAtHome());

    /// <summary>A buffer of a loop that was left is back there.</summary>
    public void OnFormerReturned(PooledReceived reception)
    {
        ReadAhead.OnReleased(reception);
        if (reception.HasLeftLast())
        {
            _former = Array.FindAll(_former, receptions => receptions != reception.Receptions);
        }
    }

    private void AwaitBuffers()
    {
        _bufferWait ??= new BufferWait(this);
        _bufferWait.IsInLine = true;
        _connection.Loop.Buffers.Await(_bufferWait);
    }

    private void OnBuffersAvailable()
    {
        try
        {
            Start();
        }
        catch (Exception exception)
        {
            _connection.OnDefect(exception);
        }
    }

    /// <summary>Waits in a loop's line, which is not left: a connection that moves away is forgotten there.</summary>
    private sealed class BufferWait(TcpReceiver receiver) : IBufferWaiter
    {
        private TcpReceiver? _receiver = receiver;

        /// <summary>Once: it is not asked for a buffer before the one that it waits for is there.</summary>
        public bool IsInLine { get; set; }

        public void Forget() => _receiver = null;

        public void OnBuffersAvailable()
        {
            IsInLine = false;
            _receiver?.OnBuffersAvailable();
        }
    }
}
