using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <summary>
/// Sends the datagrams of a socket without a message for each, for its handler; got by <see cref="FlexUdp.OutputOf"/>. The bytes are
/// copied before a call returns. On the socket's loop it allocates nothing; from another thread the datagram goes by the loop's inbox.
/// What cannot be sent is counted (<see cref="UdpFigures.SendsFailed"/>) and told to nobody.
/// </summary>
public sealed class UdpOutput
{
    private readonly UdpSocket _socket;

    internal UdpOutput(UdpSocket socket) => _socket = socket;

    /// <summary>Sends to an address.</summary>
    /// <param name="bytes">The datagram.</param>
    /// <param name="target">Where to, an address; null for a connected socket.</param>
    /// <returns>False when <c>flexsc.udp.max-unsent-datagrams</c> wait already, or the socket is being closed.</returns>
    /// <exception cref="ArgumentException">The target is a name.</exception>
    public bool TrySend(ReadOnlySpan<byte> bytes, EndPoint? target)
    {
        Span<byte> address = stackalloc byte[NativeSocketAddress.MaxBytes];
        return TrySend(bytes, address[..(target is null ? 0 : NativeSocketAddress.Write(_socket.Reachable(target)!, address))]);
    }

    /// <summary>Answers whoever sent a datagram, which is not released yet.</summary>
    /// <param name="bytes">The answer.</param>
    /// <param name="received">The datagram.</param>
    /// <returns>As <see cref="TrySend(ReadOnlySpan{byte}, EndPoint?)"/>.</returns>
    /// <exception cref="InvalidOperationException">It was released, or it has no sender.</exception>
    public bool TryReply(ReadOnlySpan<byte> bytes, PooledReceived received)
    {
        ArgumentNullException.ThrowIfNull(received);
        ReadOnlySpan<byte> sender = received.SenderAddressBytes;
        return sender.Length <= sizeof(ushort) && _socket.Opened.Remote is null
            ? throw new InvalidOperationException("the datagram has no sender that could be answered")
            : TrySend(bytes, _socket.Opened.Remote is null ? sender : []);
    }

    internal void Send(ForeignDatagram datagram)
    {
        if (!_socket.Sender.TrySend(datagram.Bytes, datagram.Address))
        {
            _socket.Figures.OnSendFailed();
        }
    }

    private bool TrySend(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> address)
    {
        if (_socket.ActorLoop.IsCurrent)
        {
            return _socket.Sender.TrySend(bytes, address);
        }

        _socket.Tell(new ForeignDatagram(bytes.ToArray(), address.ToArray()), ActorRefs.NoSender);
        return true;
    }
}

/// <summary>A datagram that another thread sends.</summary>
internal sealed record ForeignDatagram(byte[] Bytes, byte[] Address) : INoSerializationVerificationNeeded, IDeadLetterSuppression;
