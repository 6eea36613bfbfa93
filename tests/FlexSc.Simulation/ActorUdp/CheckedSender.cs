using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>Acknowledges one datagram.</summary>
internal sealed class DatagramSent : Udp.Event
{
}

/// <summary>
/// What an actor sends by a socket: each datagram that wants an answer has one, once, and not before the kernel has taken it; one fails
/// only when the kernel refuses it, too many wait, or the socket is being closed.
/// </summary>
internal sealed class CheckedSender
{
    private readonly DatagramUse _use;
    private readonly IActorRef _socket;
    private readonly IActorRef _self;
    private readonly bool _isConnected;
    private readonly string _who;
    private readonly DatagramSource _source;
    private readonly HashSet<object> _unanswered = new(ReferenceEqualityComparer.Instance);

    // Only ever looked up by key: the order of a table must not show.
    private readonly Dictionary<SimulatedAddress, int> _notDelivered = [];
    private long _acknowledged;
    private int _told;
    private int _answered;

    public CheckedSender(DatagramUse use, IActorRef socket, IActorRef self, bool isConnected, string who)
    {
        _use = use;
        _socket = socket;
        _self = self;
        _isConnected = isConnected;
        _who = who;
        Native = use.SocketOf(socket);
        _source = use.Book.Add(Native);
        DatagramEndCheck.Watch(use, socket, who);
    }

    /// <summary>The kernel's socket.</summary>
    public DatagramSocket Native { get; }

    public int Unanswered => _unanswered.Count;

    /// <summary>Nothing is sent any more.</summary>
    public bool IsEnding { get; set; }

    /// <summary>Sends a datagram, in one of the ways there are.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="bytes">Its length.</param>
    /// <param name="answered">The reception that it answers; null for none.</param>
    public void Send(EndPoint target, int bytes, PooledReceived? answered = null)
    {
        byte[] datagram = DatagramBook.Next(_source, DatagramUse.AddressOf(target), Math.Max(DatagramBook.HeaderBytes, bytes));
        switch (_use.World.Random.Below(4))
        {
            case 0:
                UdpOutput output = FlexUdp.OutputOf(_socket);
                bool isTaken = answered is not null
                    ? output.TryReply(datagram, answered) : output.TrySend(datagram, _isConnected ? null : target);
                _told += isTaken ? 1 : 0;
                _use.Tally.Told += isTaken ? 1 : 0;
                break;
            case 1:
                ByteString silent = ByteString.CopyFrom(datagram);
                Tell(_isConnected ? UdpConnected.Send.Create(silent) : Udp.Send.Create(silent, target));
                break;
            default:
                DatagramSent ack = new();
                _unanswered.Add(ack);
                ByteString payload = ByteString.CopyFrom(datagram);
                Tell(_isConnected ? new UdpConnected.Send(payload, ack) : new Udp.Send(payload, target, ack));
                break;
        }
    }

    /// <summary>A datagram is sent.</summary>
    public void OnAcknowledged(DatagramSent ack)
    {
        if (!_unanswered.Remove(ack))
        {
            throw new SimulationFailure($"{_who}: an acknowledgement was not due");
        }

        _answered++;
        if (Native.SentDatagrams < ++_acknowledged)
        {
            throw new SimulationFailure(
                $"{_who}: {_acknowledged} datagrams are acknowledged and the kernel has taken {Native.SentDatagrams}");
        }
    }

    /// <summary>A datagram was not sent.</summary>
    public void OnFailed(object command)
    {
        object ack = command is Udp.Send send ? send.Ack : ((UdpConnected.Send)command).Ack;
        bool wantsAck = ack is DatagramSent;
        if (wantsAck && !_unanswered.Remove(ack))
        {
            throw new SimulationFailure($"{_who}: a datagram failed that was answered before");
        }

        _answered++;
        bool mayFail = IsEnding || _use.World.Kernel.Profile.NoBuffersPerMillion > 0 || Native.IsUnix
            || _told - _answered >= _use.MaxUnsentDatagrams;
        if (!mayFail)
        {
            throw new SimulationFailure($"{_who}: a datagram failed, and {_told - _answered} others were told that are not answered");
        }
    }

    /// <summary>The network has told that a datagram did not arrive: one of ours, to an address where nobody was, and no more often than that.</summary>
    public void OnNotDelivered(DatagramNotDelivered told)
    {
        _use.Tally.NotDelivered += told.Target is null ? 0 : 1;
        if (told.Target is null)
        {
            // The queue had no room for it.
            return;
        }

        SimulatedAddress target = DatagramUse.AddressOf(told.Target);
        int count = _notDelivered.GetValueOrDefault(target) + 1;
        _notDelivered[target] = count;
        if (told.Cause.SocketErrorCode != SocketError.ConnectionRefused || count > Native.RefusalsOf(target))
        {
            throw new SimulationFailure(
                $"{_who}: {told.Target} is told as refused {count} times ({told.Cause.SocketErrorCode}), and {Native.RefusalsOf(target)} were");
        }
    }

    /// <summary>The socket has ended: nothing may be without an answer.</summary>
    public void OnTerminated()
    {
        if (_unanswered.Count > 0)
        {
            throw new SimulationFailure($"{_who}: the socket has ended and {_unanswered.Count} datagrams have no answer");
        }
    }

    private void Tell(object send)
    {
        _told++;
        _use.Tally.Told++;
        _socket.Tell(send, _self);
    }
}
