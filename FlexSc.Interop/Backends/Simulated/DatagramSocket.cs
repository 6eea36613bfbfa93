using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <summary>A socket of datagrams: udp(7), which loses and reorders them by chance, and unix(7), which does not.</summary>
internal sealed partial class DatagramSocket(SimulatedKernel kernel, SimulatedProcess owner, int family) : SimulatedSocket(kernel, owner, family, TypeDatagram)
{
    public const int TypeDatagram = 2;

    private const int MostBytes = 65_507;
    private readonly Queue<(SimulatedAddress From, byte[] Bytes)> _arrived = new();
    private int _arrivedBytes;
    private bool _readsNoMore;
    private bool _writesNoMore;
    private bool _isClosed;

    public override bool TakesStrangers => true;

    public override uint Events => (_arrived.Count > 0 || _readsNoMore || _error != 0 ? In : 0) | Out | (HasErrors ? Error : 0) | (_readsNoMore ? ReadHangUp : 0);

    /// <summary>Datagrams that came and were not received.</summary>
    public int Arrived => _arrived.Count;

    /// <summary>Datagrams that sends have taken.</summary>
    public long SentDatagrams { get; private set; }

    private bool IsConnected => Peer.Port != 0 || Peer.Path.Length > 0;

    public override long Receive(Span<byte> destination, long flags, out SimulatedAddress? from, out bool isCut)
    {
        from = null;
        isCut = false;
        if (_error != 0)
        {
            return -TakeError();
        }

        if (_arrived.Count == 0)
        {
            return _readsNoMore ? 0 : -Errno.Again;
        }

        if (IsLate())
        {
            return -Errno.Again;
        }

        (SimulatedAddress sender, byte[] bytes) = _arrived.Peek();
        if ((flags & MessagePeek) == 0)
        {
            _arrived.Dequeue();
            _arrivedBytes -= bytes.Length;
            Owner.ReceivedDatagrams++;
        }

        from = sender;
        int copied = Math.Min(bytes.Length, destination.Length);
        isCut = copied < bytes.Length;
        bytes.AsSpan(0, copied).CopyTo(destination);
        return copied;
    }

    public override long Send(ReadOnlySpan<byte> source, SimulatedAddress? to)
    {
        if (_error != 0)
        {
            return -TakeError();
        }

        if (_writesNoMore)
        {
            return -RareErrno.BrokenPipe;
        }

        if (to is null && !IsConnected)
        {
            return -RareErrno.DestinationRequired;
        }

        if (source.Length > MostBytes)
        {
            return -RareErrno.MessageTooLong;
        }

        if (Kernel.Random.Chance(Kernel.Profile.NoBuffersPerMillion))
        {
            return -Errno.NoBuffers;
        }

        long bound = BindForUse(SimulatedAddress.None(Family));
        if (bound < 0 || IsLate())
        {
            return bound < 0 ? bound : -Errno.Again;
        }

        long sent = SendTo(to ?? Peer, source);
        int taken = sent >= 0 ? 1 : 0;
        SentDatagrams += taken;
        Owner.SentDatagrams += taken;
        return sent;
    }

    public override long Connect(SimulatedAddress address)
    {
        long bound = BindForUse(SimulatedAddress.None(Family));
        if (bound == 0)
        {
            Peer = address;
            Local = Source(address);
        }

        return bound;
    }

    public override long Shutdown(int how)
    {
        const int read = 0;
        const int write = 1;
        if (!IsConnected)
        {
            return -RareErrno.NotConnected;
        }

        _readsNoMore |= how != write;
        _writesNoMore |= how != read;
        Notify();
        return 0;
    }

    protected override void OnClosed()
    {
        base.OnClosed();
        _isClosed = true;
    }

    private long SendTo(SimulatedAddress to, ReadOnlySpan<byte> source)
    {
        byte[] bytes = source.ToArray();
        if (IsUnix)
        {
            return SendToUnix(to, bytes);
        }

        SimulationProfile profile = Kernel.Profile;
        if (!Kernel.Random.Chance(profile.DatagramLossPerMillion))
        {
            SimulatedAddress from = Source(to);
            for (int copies = Kernel.Random.Chance(profile.DatagramDuplicatePerMillion) ? 2 : 1; copies > 0; copies--)
            {
                long delayNs = Kernel.Random.Chance(profile.DatagramReorderPerMillion)
                    ? Kernel.NetworkDelayNs() + Kernel.NetworkDelayNs() : profile.LeastNetworkDelayNs;
                Kernel.After(delayNs, () => Deliver(from, to, bytes));
            }
        }

        return bytes.Length;
    }

    private long SendToUnix(SimulatedAddress to, byte[] bytes)
    {
        SimulatedSocket? found = to.Path.Length > 0 && to.Path[0] == 0 ? Kernel.Network.FindAbstract(to.Path) : Kernel.Files.FindSocket(to.Path, out _);
        if (found is not DatagramSocket { _isClosed: false } receiver)
        {
            _refusals[to] = RefusalsOf(to) + 1;
            return -RareErrno.ConnectionRefused;
        }

        if (receiver._arrivedBytes + bytes.Length > Kernel.Profile.SocketBufferBytes)
        {
            return -Errno.NoBuffers;
        }

        receiver.Take(Local, bytes);
        return bytes.Length;
    }

    /// <summary>Where a datagram comes from. All are on one host: of a socket that is bound to all its addresses, the one that the datagram goes to.</summary>
    private SimulatedAddress Source(SimulatedAddress to) =>
        IsUnix || !Local.IsAny ? Local : Local with { Host = to.Host };

    private void Deliver(SimulatedAddress from, SimulatedAddress to, byte[] bytes)
    {
        if (Kernel.Network.Find(isDatagram: true, to, Kernel.Random) is DatagramSocket receiver)
        {
            bool isExpected = !receiver.IsConnected || (receiver.Peer.Port == from.Port && receiver.Peer.Host == from.Host);
            if (isExpected && !Kernel.AreSeparated(Owner, receiver.Owner)
                && receiver._arrivedBytes + bytes.Length <= Kernel.Profile.SocketBufferBytes)
            {
                receiver.Take(from, bytes);
            }
        }
        else
        {
            OnRefused(to);
        }
    }

    private void Take(SimulatedAddress from, byte[] bytes)
    {
        _arrived.Enqueue((from, bytes));
        _arrivedBytes += bytes.Length;
        Notify();
    }
}
