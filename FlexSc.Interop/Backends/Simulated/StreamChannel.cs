using System.Diagnostics;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>
/// One direction of a connection: bytes on their way and bytes that have arrived, in one bounded buffer, and then the end. What is on
/// its way arrives in segments, in order.
/// </summary>
internal sealed class StreamChannel(StreamSocket writer, StreamSocket reader, int limitBytes)
{
    private readonly SimulatedKernel _kernel = writer.Kernel;
    private readonly ByteRing _bytes = new(limitBytes);
    private int _arrived;
    private long _lastDueNs;
    private bool _isTravelling;
    private bool _endSent;
    private bool _isCut;

    /// <summary>Descriptors on their way, with the bytes that they were sent with, counted from the first of the stream.</summary>
    private readonly Queue<(long First, long End, OpenDescription[] Descriptions)> _passed = new();
    private OpenDescription[] _passedLast = [];
    private long _sent;
    private long _received;

    /// <summary>Bytes that can be received.</summary>
    public int Arrived => _arrived;

    /// <summary>Bytes that can be sent.</summary>
    public int Room => _bytes.Room;

    /// <summary>Bytes on their way or not received.</summary>
    public int Count => _bytes.Count;

    /// <summary>The end of the stream has arrived, behind all bytes.</summary>
    public bool HasEnded { get; private set; }

    public void Send(ReadOnlySpan<byte> source)
    {
        Debug.Assert(!_endSent, "sent behind the end");
        _bytes.Add(source);
        _sent += source.Length;
        Travel();
    }

    /// <summary>Descriptors go along with the bytes that were sent last.</summary>
    public void Pass(OpenDescription[] descriptions, int bytes)
    {
        Array.ForEach(descriptions, static description => description.AddReference());
        _passed.Enqueue((_sent - bytes, _sent, descriptions));
    }

    /// <summary>What came with the bytes received last.</summary>
    public OpenDescription[] TakePassed()
    {
        OpenDescription[] taken = _passedLast;
        _passedLast = [];
        return taken;
    }

    /// <summary>Nobody receives any more.</summary>
    public void DropPassed()
    {
        Array.ForEach(TakePassed(), static description => description.Release());
        while (_passed.TryDequeue(out (long First, long End, OpenDescription[] Descriptions) dropped))
        {
            Array.ForEach(dropped.Descriptions, static description => description.Release());
        }
    }

    public void SendEnd()
    {
        if (!_endSent)
        {
            _endSent = true;
            Travel();
        }
    }

    /// <summary>Nothing arrives any more: the connection was reset.</summary>
    public void Cut() => _isCut = true;

    public int Receive(Span<byte> destination, bool peek)
    {
        int bytes = Math.Min(destination.Length, _arrived);
        bool takesPassed = _passed.TryPeek(out (long First, long End, OpenDescription[] Descriptions) next) && next.First < _received + bytes;
        if (takesPassed)
        {
            // No byte that was sent behind them comes with them.
            bytes = (int)Math.Min(bytes, next.End - _received);
        }

        _bytes.Peek(destination[..bytes]);
        if (!peek)
        {
            _bytes.Drop(bytes);
            _arrived -= bytes;
            _received += bytes;
            if (takesPassed)
            {
                _passedLast = _passed.Dequeue().Descriptions;
            }

            if (writer.WantsRoom && writer.HasRoom)
            {
                writer.WantsRoom = false;
                writer.Notify();
            }
        }

        return bytes;
    }

    private void Travel()
    {
        if (_isTravelling)
        {
            return;
        }

        _isTravelling = true;
        long dueNs = Math.Max(_lastDueNs, _kernel.Clock.NowNs + (writer.IsUnix ? 0 : _kernel.NetworkDelayNs()));
        _lastDueNs = dueNs;
        _kernel.After(dueNs - _kernel.Clock.NowNs, Arrive);
    }

    private void Arrive()
    {
        if (_kernel.AreSeparated(writer.Owner, reader.Owner))
        {
            _kernel.After(_kernel.Profile.RetransmissionNs, Arrive);
            return;
        }

        _isTravelling = false;
        if (_isCut)
        {
            return;
        }

        int travelling = _bytes.Count - _arrived;
        if (travelling > 0)
        {
            int segment = Math.Min(travelling, _kernel.Profile.MostSegmentBytes);
            _arrived += segment > 1 && _kernel.Random.Chance(_kernel.Profile.SplitPerMillion) ? (int)_kernel.Random.Between(1, segment) : segment;
        }

        if (reader.IsClosed)
        {
            // Nobody receives: the other side is told so when it has sent something.
            if (travelling > 0)
            {
                reader.RefuseBytes();
            }

            return;
        }

        if (_bytes.Count > _arrived)
        {
            Travel();
        }
        else if (_endSent && !HasEnded && (travelling == 0 || _kernel.Random.Below(2) == 0))
        {
            HasEnded = true;
        }
        else if (_endSent && !HasEnded)
        {
            Travel();
        }

        reader.Notify();
    }
}
