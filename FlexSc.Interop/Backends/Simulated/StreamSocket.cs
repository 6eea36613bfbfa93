using System.Buffers.Binary;
using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>A socket of a connection, or one that listens: tcp(7), and unix(7) of type SOCK_STREAM.</summary>
internal sealed partial class StreamSocket(SimulatedKernel kernel, SimulatedProcess owner, int family)
    : SimulatedSocket(kernel, owner, family, TypeStream)
{
    private StreamChannel? _in;
    private StreamChannel? _out;
    private StreamSocket? _other;
    private int _error;
    private bool _endSent;
    private bool _readsNoMore;
    private bool _wasReset;

    /// <summary>A send found too little room, so that an edge is due when there is some.</summary>
    public bool WantsRoom { get; set; }

    public bool IsClosed { get; private set; }

    public bool IsConnected => _in is not null;

    /// <summary>The other end of the connection; null for none.</summary>
    public StreamSocket? Other => _other;

    /// <summary>Bytes that sends have taken.</summary>
    public long SentBytes { get; private set; }

    /// <summary>Of those, the bytes that have not come to the other side: SIOCOUTQ.</summary>
    public int TravellingBytes => _out is null ? 0 : _out.Count - _out.Arrived;

    public override uint Events
    {
        get
        {
            if (_listening is not null)
            {
                return _listening.IsEmpty ? 0 : In;
            }

            if (IsConnecting)
            {
                return 0;
            }

            if (_in is null)
            {
                return Out | HangUp | (_error != 0 ? Error | In : 0);
            }

            bool ended = _in.HasEnded || _readsNoMore || _wasReset;
            return (_in.Arrived > 0 || ended || _error != 0 ? In : 0)
                | (HasRoom || _endSent || _wasReset ? Out : 0)
                | (ended ? ReadHangUp : 0)
                | (_wasReset || (ended && (_endSent || IsUnix && _other!.IsClosed)) ? HangUp : 0)
                | (_error != 0 ? Error : 0);
        }
    }

    /// <summary>As tcp(7) tells of room: a third of the buffer is free, so that a writer is not woken for every byte.</summary>
    public bool HasRoom => _out!.Room > Kernel.Profile.SocketBufferBytes / 3;

    public override long Receive(Span<byte> destination, long flags, out SimulatedAddress? from, out bool isCut)
    {
        from = null;
        isCut = false;
        if (_in is null || IsConnecting)
        {
            return IsConnecting ? -Errno.Again : _error != 0 ? -TakeError() : -(IsUnix ? Errno.Invalid : RareErrno.NotConnected);
        }

        if (destination.IsEmpty)
        {
            return 0;
        }

        if (_in.Arrived > 0)
        {
            return IsLate() ? -Errno.Again : _in.Receive(destination, (flags & MessagePeek) != 0);
        }

        if (_error != 0)
        {
            return -TakeError();
        }

        return _in.HasEnded || _readsNoMore || _wasReset ? 0 : -Errno.Again;
    }

    public override long Send(ReadOnlySpan<byte> source, SimulatedAddress? to)
    {
        if (_out is null || IsConnecting)
        {
            return IsConnecting ? Refuse() : _error != 0 ? -TakeError() : -(IsUnix ? RareErrno.NotConnected : RareErrno.BrokenPipe);
        }

        if (_error != 0)
        {
            return -TakeError();
        }

        if (_endSent || _wasReset || (IsUnix && _other!.IsClosed))
        {
            return -RareErrno.BrokenPipe;
        }

        if (source.IsEmpty)
        {
            return 0;
        }

        if (Kernel.Random.Chance(Kernel.Profile.NoBuffersPerMillion))
        {
            return -Errno.NoBuffers;
        }

        return _out.Room == 0 || IsLate() ? Refuse() : Take(source);
    }

    public override long Shutdown(int how)
    {
        if (_in is null)
        {
            return -RareErrno.NotConnected;
        }

        const int read = 0;
        const int write = 1;
        const int both = 2;
        if (how is < read or > both)
        {
            return -Errno.Invalid;
        }

        _readsNoMore |= how != write;
        if (how != read && !_endSent)
        {
            _endSent = true;
            _out!.SendEnd();
        }

        Notify();
        return 0;
    }

    /// <summary>TCP_INFO, of which what the other side has is modelled; all others are as they are.</summary>
    public override byte[] GetOption(long level, long option)
    {
        const int tcpInfo = 11;
        const int tcpInfoBytes = 128;
        const int acknowledgedOffset = 120; // tcpi_bytes_acked
        if (level != ProtocolTcp || option != tcpInfo)
        {
            return base.GetOption(level, option);
        }

        byte[] information = new byte[tcpInfoBytes];
        BinaryPrimitives.WriteInt64LittleEndian(information.AsSpan(acknowledgedOffset), SentBytes - TravellingBytes);
        return information;
    }

    /// <summary>Sends descriptors along with the bytes that were sent last, SCM_RIGHTS of unix(7).</summary>
    public void Pass(OpenDescription[] passed, int bytes) => _out!.Pass(passed, bytes);

    /// <summary>Descriptors that came with the bytes received last; whoever takes them releases them.</summary>
    public OpenDescription[] TakePassed() => _in?.TakePassed() ?? [];

    /// <summary>Nobody wants them.</summary>
    public void DropPassed() => Array.ForEach(TakePassed(), static passed => passed.Release());

    /// <summary>Bytes came for a socket that is closed: the other side is reset.</summary>
    public void RefuseBytes() => SendReset();

    /// <summary>The two ends of a new connection.</summary>
    public static void Join(StreamSocket one, StreamSocket other)
    {
        one._other = other;
        other._other = one;
        one._out = new StreamChannel(one, other, one.Kernel.Profile.SocketBufferBytes);
        other._out = new StreamChannel(other, one, one.Kernel.Profile.SocketBufferBytes);
        one._in = other._out;
        other._in = one._out;
    }

    protected override int TakeError()
    {
        int error = _error;
        _error = 0;
        return error;
    }

    protected override void OnClosed()
    {
        base.OnClosed();
        IsClosed = true;
        _listening?.Close();
        _in?.DropPassed();
        if (_other is null || _wasReset)
        {
            return;
        }

        // Unread bytes are lost, which the other side is told; see RFC 1122, 4.2.2.13.
        if (ResetsAtClose || _in!.Arrived > 0)
        {
            SendReset();
        }
        else
        {
            _out!.SendEnd();
        }
    }

    private long Refuse()
    {
        WantsRoom = true;
        return -Errno.Again;
    }

    private long Take(ReadOnlySpan<byte> source)
    {
        int bytes = Math.Min(source.Length, _out!.Room);
        if (bytes > 1 && Kernel.Random.Chance(Kernel.Profile.ShortWritePerMillion))
        {
            bytes = (int)Kernel.Random.Between(1, bytes);
        }

        _out.Send(source[..bytes]);
        SentBytes += bytes;
        WantsRoom |= bytes < source.Length;
        return bytes;
    }

    private void SendReset()
    {
        if (_wasReset)
        {
            return;
        }

        _wasReset = true;
        _out!.Cut();
        Kernel.After(IsUnix ? 0 : Kernel.NetworkDelayNs(), () => DeliverReset(_other!));
    }

    private void DeliverReset(StreamSocket other)
    {
        if (Kernel.AreSeparated(Owner, other.Owner))
        {
            Kernel.After(Kernel.Profile.RetransmissionNs, () => DeliverReset(other));
        }
        else
        {
            other.OnReset();
        }
    }

    private void OnReset()
    {
        if (IsClosed || _wasReset)
        {
            _wasReset = true;
            return;
        }

        // A side that knew of the end learns from the reset that what it sent since was in vain; see tcp_reset.
        _error = _in!.HasEnded ? RareErrno.BrokenPipe : RareErrno.ConnectionReset;
        _wasReset = true;
        _out!.Cut();
        _in.Cut();
        Notify();
    }
}
