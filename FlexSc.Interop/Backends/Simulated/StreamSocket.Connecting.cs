using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Listening, and coming to be connected.</content>
internal sealed partial class StreamSocket
{
    private const int MostBacklog = 4_096;

    private ListenQueue? _listening;
    private bool _connectedUntold;

    public override bool TakesStrangers => _listening is not null;

    private bool IsConnecting { get; set; }

    public override long Listen(int backlog)
    {
        if (IsConnected || IsConnecting || (IsUnix && Local.Path.Length == 0))
        {
            return -Errno.Invalid;
        }

        long bound = IsUnix || Local.Port != 0 ? 0 : Kernel.Network.Bind(this, SimulatedAddress.None(Family));
        if (bound == 0)
        {
            _listening ??= new ListenQueue();
            _listening.Limit = backlog is < 0 or > MostBacklog ? MostBacklog : backlog;
        }

        return bound;
    }

    public override long Connect(SimulatedAddress address)
    {
        if (_connectedUntold)
        {
            _connectedUntold = false;
            return 0;
        }

        if (IsConnecting)
        {
            return -Errno.Already;
        }

        if (IsConnected || _listening is not null)
        {
            return -(IsConnected ? RareErrno.IsConnected : Errno.Invalid);
        }

        if (_error != 0)
        {
            return -TakeError();
        }

        return IsUnix ? ConnectUnix(address) : BeginConnect(address);
    }

    /// <summary>Takes a connection, accept(2).</summary>
    public long Accept(out StreamSocket? connection)
    {
        connection = null;
        if (_listening is null)
        {
            return -Errno.Invalid;
        }

        if (_listening.IsEmpty || IsLate())
        {
            return -Errno.Again;
        }

        connection = _listening.Take();
        Kernel.OnChanged();
        return 0;
    }

    private long ConnectUnix(SimulatedAddress address)
    {
        long error = 0;
        SimulatedSocket? found = address.Path.Length > 0 && address.Path[0] == 0
            ? Kernel.Network.FindAbstract(address.Path)
            : Kernel.Files.FindSocket(address.Path, out error);
        if (error != 0)
        {
            return error;
        }

        if (found is not StreamSocket { _listening: not null } listener)
        {
            return -RareErrno.ConnectionRefused;
        }

        // One more than the backlog, as unix_recvq_full counts.
        if (listener._listening.Count > listener._listening.Limit)
        {
            return -Errno.Again;
        }

        Peer = listener.Local;
        listener.TakeIn(this);
        return 0;
    }

    private long BeginConnect(SimulatedAddress address)
    {
        if (address.Family is not (FamilyInternet or FamilyInternet6))
        {
            return -RareErrno.FamilyNotSupported;
        }

        long bound = BindForUse(SimulatedAddress.Loopback(Family, 0));
        if (bound < 0)
        {
            return bound;
        }

        IsConnecting = true;
        Peer = address.IsAny ? SimulatedAddress.Loopback(Family, address.Port) : address;
        Kernel.After(Kernel.NetworkDelayNs(), Knock);
        return -Errno.InProgress;
    }

    private void Knock()
    {
        if (IsClosed)
        {
            return;
        }

        StreamSocket? listener = Kernel.Network.Find(isDatagram: false, Peer, Kernel.Random) as StreamSocket;
        bool mustRepeat = listener is not null
            && (Kernel.AreSeparated(Owner, listener.Owner) || listener._listening!.Count > listener._listening.Limit);
        if (mustRepeat)
        {
            Kernel.After(Kernel.Profile.RetransmissionNs, Knock);
            return;
        }

        StreamSocket? accepted = listener?.TakeIn(this);
        Kernel.After(Kernel.NetworkDelayNs(), () => EndConnect(accepted is not null));
    }

    private void EndConnect(bool isConnected)
    {
        IsConnecting = false;
        if (isConnected)
        {
            _connectedUntold = true;
        }
        else
        {
            _error = RareErrno.ConnectionRefused;
        }

        Notify();
    }

    /// <summary>A connection to this listener, which its program has not accepted yet.</summary>
    private StreamSocket TakeIn(StreamSocket client)
    {
        StreamSocket accepted = new(Kernel, Owner, Family) { Local = IsUnix ? Local : client.Peer, Peer = client.Local };
        accepted.InheritOptions(this);
        Join(client, accepted);
        _listening!.Add(accepted);
        Notify();
        return accepted;
    }

    /// <summary>Connections that wait to be accepted.</summary>
    private sealed class ListenQueue
    {
        private readonly Queue<StreamSocket> _waiting = new();

        public int Limit { get; set; }

        public int Count => _waiting.Count;

        public bool IsEmpty => _waiting.Count == 0;

        public void Add(StreamSocket connection)
        {
            connection.AddReference();
            _waiting.Enqueue(connection);
        }

        /// <summary>The reference goes with it.</summary>
        public StreamSocket Take() => _waiting.Dequeue();

        public void Close()
        {
            while (_waiting.TryDequeue(out StreamSocket? connection))
            {
                connection.SendReset();
                connection.Release();
            }
        }
    }
}
