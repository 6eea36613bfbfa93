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
        Travel();
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
        _bytes.Peek(destination[..bytes]);
        if (!peek)
        {
            _bytes.Drop(bytes);
            _arrived -= bytes;
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
