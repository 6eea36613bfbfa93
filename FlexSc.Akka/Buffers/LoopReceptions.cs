namespace FlexSc.Akka.IO;

/// <summary>What the sockets of one protocol on a loop have with their handlers. On the loop's thread.</summary>
internal sealed class LoopReceptions(int bufferCount)
{
    private readonly PooledReceived?[] _outside = new PooledReceived?[bufferCount];

    /// <summary>Bytes delivered to the handlers of all sockets and not known to be handled.</summary>
    public long UnhandledBytes { get; set; }

    /// <summary>A receive buffer is with a handler.</summary>
    public void NoteOutside(ushort bufferId, PooledReceived reception) => _outside[bufferId] = reception;

    public void NoteReturned(ushort bufferId) => _outside[bufferId] = null;

    /// <summary>The loop has ended, and the buffers' memory goes next.</summary>
    public void ReclaimAll()
    {
        foreach (PooledReceived? reception in _outside)
        {
            reception?.TryReclaim();
        }
    }
}
