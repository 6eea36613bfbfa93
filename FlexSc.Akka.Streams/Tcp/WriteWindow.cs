using Akka.Event;
using Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>
/// The writes of a stream that the kernel has not taken. One in several is acknowledged, for itself and those before it: the messages are
/// fewer, and what is not waited for can leave together. Used by one thread.
/// </summary>
internal sealed class WriteWindow(int maxWrites, int maxBytes)
{
    /// <summary>Acknowledgements for a full window.</summary>
    private const int AcknowledgementsPerWindow = 4;

    private int _writes;
    private long _bytes;
    private int _unaskedWrites;
    private long _unaskedBytes;

    /// <summary>One more may be written.</summary>
    public bool IsOpen => _writes < maxWrites && _bytes < maxBytes;

    /// <summary>Bytes in flight.</summary>
    public long Bytes => _bytes;

    /// <summary>Something is written.</summary>
    /// <returns>The acknowledgement it wants; null where a later one is enough. The last one before the window closes always wants one.</returns>
    public WritesTaken? Add(int bytes)
    {
        _writes++;
        _bytes += bytes;
        _unaskedWrites++;
        _unaskedBytes += bytes;
        if (IsOpen && _unaskedWrites * AcknowledgementsPerWindow < maxWrites && _unaskedBytes * AcknowledgementsPerWindow < maxBytes)
        {
            return null;
        }

        WritesTaken wanted = new(_unaskedWrites, _unaskedBytes);
        _unaskedWrites = 0;
        _unaskedBytes = 0;
        return wanted;
    }

    /// <summary>An acknowledgement has come.</summary>
    public void OnTaken(WritesTaken taken)
    {
        _writes -= taken.Writes;
        _bytes -= taken.Bytes;
    }
}

/// <summary>The kernel has taken a write, and those before it that no earlier one counts.</summary>
internal sealed class WritesTaken(int writes, long bytes) : Tcp.Event, IDeadLetterSuppression
{
    public int Writes => writes;

    public long Bytes => bytes;
}
