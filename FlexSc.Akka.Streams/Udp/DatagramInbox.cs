using System.Diagnostics.CodeAnalysis;
using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Streams;

/// <summary>What a socket of datagrams tells a stage: so many datagrams and no more, and what became of those that were sent.</summary>
/// <typeparam name="T">An element of the stream.</typeparam>
internal sealed class DatagramInbox<T>(ActorSystem system, Func<ByteString, EndPoint?, T> elementOf, int maxWaiting, bool dropsOldest)
    : StageInbox(system)
    where T : class
{
    private readonly Queue<T> _waiting = new();
    private long _received;
    private long _dropped;
    private long _sent;
    private long _sendsFailed;
    private int _settled;

    /// <summary>What came and what went so far. From any thread.</summary>
    public UdpStreamFigures Figures
    {
        get
        {
            lock (Gate)
            {
                return new UdpStreamFigures(_received, _dropped, _sent, _sendsFailed);
            }
        }
    }

    public bool HasWaiting
    {
        get
        {
            lock (Gate)
            {
                return _waiting.Count > 0;
            }
        }
    }

    public bool TryTake([NotNullWhen(true)] out T? element)
    {
        lock (Gate)
        {
            return _waiting.TryDequeue(out element);
        }
    }

    /// <summary>Sends that were answered since this was asked last, whatever the answer.</summary>
    public int TakeSettled()
    {
        lock (Gate)
        {
            int settled = _settled;
            _settled = 0;
            return settled;
        }
    }

    // What belongs to the socket is copied before the gate is held: the elements are the stream's own.
    protected override void TellInternal(object message, IActorRef sender) => base.TellInternal(Owned(message), sender);

    protected override bool TryPut(object message, out object? answer)
    {
        answer = null;
        switch (message)
        {
            case Udp.Received received:
                Put(elementOf(received.Data, received.Sender));
                return true;
            case UdpConnected.Received received:
                Put(elementOf(received.Data, null));
                return true;
            case DatagramSent or ConnectedDatagramSent:
                _sent++;
                _settled++;
                return true;
            case Udp.CommandFailed { Cmd: Udp.Send } or UdpConnected.CommandFailed { Cmd: UdpConnected.Send }:
                _sendsFailed++;
                _settled++;
                return true;
            default:
                return false;
        }
    }

    private static object Owned(object message)
    {
        switch (message)
        {
            case PooledReceived reception:
                Udp.Received owned = new(ByteString.FromBytes(reception.Span.ToArray()), reception.SenderAddress);
                reception.Release();
                return owned;
            case DescriptorsReceived received:
                Release(received);
                return new Udp.Received(received.Data, received.Sender);
            default:
                return message;
        }
    }

    private void Put(T element)
    {
        _received++;
        if (_waiting.Count < maxWaiting)
        {
            _waiting.Enqueue(element);
            return;
        }

        _dropped++;
        if (dropsOldest)
        {
            _waiting.Dequeue();
            _waiting.Enqueue(element);
        }
    }
}

/// <summary>The kernel has taken a datagram of a bound socket.</summary>
internal sealed class DatagramSent : Udp.Event
{
    public static DatagramSent Instance { get; } = new();
}

/// <summary>The same of a connected one.</summary>
internal sealed class ConnectedDatagramSent : UdpConnected.Event
{
    public static ConnectedDatagramSent Instance { get; } = new();
}
