using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Simulation.Connections;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.ActorUdp;

/// <summary>A datagram that came.</summary>
/// <param name="Sender">Its sender's address; null where it is not told.</param>
/// <param name="Pooled">The reception, until it is given back by <see cref="CheckedReceiver.Keep"/>; null for one that was copied.</param>
internal sealed record TakenDatagram(EndPoint? Sender, PooledReceived? Pooled);

/// <summary>
/// What an actor receives of a socket: datagrams that were sent to it, as they were sent, with their senders; nothing from when the socket
/// has answered that reading is suspended until it is resumed.
/// </summary>
internal sealed class CheckedReceiver(DatagramUse use, CheckedSender sender, IActorRef socket, IActorRef self, bool isConnected, string who)
{
    private readonly KeptReceptions _kept = new(use.World);
    private long _question;
    private bool _isSuspended;
    private bool _isSuspensionKnown;

    public void Suspend()
    {
        if (!_isSuspended)
        {
            _isSuspended = true;
            socket.Tell(isConnected ? UdpConnected.SuspendReading.Instance : Udp.SuspendReading.Instance, self);
            socket.Tell(new Identify($"suspended {++_question}"), self);
        }
    }

    public void Resume()
    {
        if (_isSuspended)
        {
            _isSuspended = _isSuspensionKnown = false;
            socket.Tell(isConnected ? UdpConnected.ResumeReading.Instance : Udp.ResumeReading.Instance, self);
        }
    }

    /// <summary>The socket has come to a suspension.</summary>
    public void OnIdentity(ActorIdentity identity) =>
        _isSuspensionKnown |= _isSuspended && identity.MessageId is string text && text == $"suspended {_question}";

    /// <summary>Takes a datagram; null for another message.</summary>
    public TakenDatagram? TryTake(object message)
    {
        switch (message)
        {
            case Udp.Received received:
                return Take(received.Data.ToArray(), new TakenDatagram(received.Sender, null));
            case UdpConnected.Received received:
                return Take(received.Data.ToArray(), new TakenDatagram(null, null));
            case PooledReceived pooled:
                return Take(pooled.Span, new TakenDatagram(pooled.SenderAddress, pooled));
            default:
                return null;
        }
    }

    /// <summary>What was taken is not needed any more.</summary>
    public void Keep(TakenDatagram taken)
    {
        if (taken.Pooled is not null)
        {
            _kept.Add(taken.Pooled);
        }
    }

    public void ReleaseAll() => _kept.ReleaseAll();

    private TakenDatagram Take(ReadOnlySpan<byte> bytes, TakenDatagram taken)
    {
        use.Tally.Received++;
        if (_isSuspensionKnown)
        {
            throw new SimulationFailure($"{who}: a datagram of {bytes.Length} bytes came although reading is suspended");
        }

        DatagramSource source = use.Book.Take(bytes, sender.Native, who);
        if (taken.Sender is IPEndPoint address && address.Port != source.Socket.Local.Port)
        {
            throw new SimulationFailure($"{who}: a datagram of {source.Socket.Local} is told as one of {address}");
        }

        return taken;
    }
}
