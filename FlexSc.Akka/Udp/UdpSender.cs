using System.Net.Sockets;
using System.Net;
using Akka.Actor;
using Akka.Event;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// The sending half of a socket of datagrams. Each datagram is a call of its own that leaves with the batch of the turn; beyond a number
/// of calls in flight datagrams wait, and beyond a number that wait a command fails. On the loop's thread.
/// </summary>
internal sealed class UdpSender(UdpSocket socket)
{
    /// <summary>The most that a datagram of IP carries, less the head of UDP over IPv4; udp(7).</summary>
    private const int MostIpBytes = 65_507;

    /// <summary>
    /// How often a datagram is tried that met what ICMP told of earlier ones. Each try meets one at the most, but when one is taken from the
    /// socket's queue of errors, the next in that queue fails the next call; ip(7) IP_RECVERR.
    /// </summary>
    private const int MostRepetitions = 16;

    private readonly Queue<UnsentDatagram> _waiting = new();
    private readonly List<DatagramSend> _inFlight = [];
    private readonly HashSet<DescriptorSend> _descriptorSends = [];
    private readonly NameResolution _names = new(socket);
    private RefusedDatagrams? _refused;
    private bool _isDropped;

    /// <summary>Nothing waits and nothing is in flight.</summary>
    public bool IsIdle => IsQuiet && _waiting.Count == 0 && _names.Waiting == 0 && !IsRefused;

    /// <summary>No call is in flight.</summary>
    public bool IsQuiet => _inFlight.Count == 0 && _descriptorSends.Count == 0;

    /// <summary>A send in flight, to be cancelled; null when there is none.</summary>
    public SyscallOperation? AnyInFlight => _inFlight.Count > 0 ? _inFlight[^1] : _descriptorSends.FirstOrDefault();

    private bool IsFull =>
        _inFlight.Count + _descriptorSends.Count + _waiting.Count + _names.Waiting + (_refused?.Count ?? 0) >= socket.Settings.MaxUnsentDatagrams;

    private bool IsRefused => _refused is { Count: > 0 };

    private TransferFlags Flags => socket.Family == AddressFamily.Unix ? TransferFlags.DontWait : TransferFlags.None;

    /// <summary>Sends, or answers that it cannot be.</summary>
    public void Enqueue(in UnsentDatagram datagram)
    {
        if (socket.IsClosing || IsFull)
        {
            Fail(datagram, Refusal());
        }
        else if (!datagram.HasPayload)
        {
            Fail(datagram, new ArgumentException("there is nothing to send, not even a datagram without bytes: ByteString.Empty is one"));
        }
        else if (datagram.Target is DnsEndPoint name)
        {
            _names.Add(name, datagram);
        }
        else
        {
            Begin(datagram);
        }
    }

    /// <summary>Sends bytes that are copied here; an empty address for a connected socket.</summary>
    /// <returns>False when as many datagrams wait as may.</returns>
    public bool TrySend(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> address)
    {
        if (socket.IsClosing || IsFull)
        {
            return false;
        }

        DatagramSend send = socket.Shared.TakeSend();
        send.Fill(this, socket.Shared.SendBlocks.Rent(NativeSocketAddress.MaxBytes + bytes.Length), bytes, address);
        Begin(new UnsentDatagram(null, ActorRefs.Nobody, null, send));
        return true;
    }

    /// <summary>Sends descriptors with a datagram, or answers that it cannot be.</summary>
    public void Enqueue(SendDescriptors command, IActorRef commander)
    {
        DescriptorSend? send = null;
        Exception cause;
        try
        {
            if (socket.IsClosing || IsFull)
            {
                cause = Refusal();
            }
            else
            {
                send = new DescriptorSend(socket, command, commander);
                if (send.TrySubmit())
                {
                    _descriptorSends.Add(send);
                    return;
                }

                cause = new InvalidOperationException("no syscall entry is free: wait for answers, or raise flexsc.loops.pages");
            }
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or ObjectDisposedException)
        {
            cause = exception;
        }

        send?.Dispose();
        Fail(command, commander, cause);
    }

    /// <summary>Descriptors are sent, or not.</summary>
    public void OnSent(DescriptorSend send, long result)
    {
        _descriptorSends.Remove(send);
        send.Dispose();
        if (result < 0)
        {
            Fail(send.Command, send.Commander, FailureOf(result, "sendmsg", $"descriptors to {send.Command.Target}"));
        }
        else
        {
            socket.Figures.OnSent();
            if (send.Command.WantsAck)
            {
                socket.TellSafely(send.Commander, send.Command.Ack);
            }
        }

        socket.GoOn();
    }

    /// <summary>A name that datagrams wait for is resolved.</summary>
    public void OnResolved(NameResolved resolved)
    {
        foreach ((UnsentDatagram datagram, EndPoint? target, Exception? failure) in _names.Take(resolved))
        {
            if (target is null)
            {
                Fail(datagram, failure!);
            }
            else
            {
                Begin(datagram with { Target = target });
            }
        }

        socket.GoOn();
    }

    /// <summary>Fails what waits.</summary>
    public void Drop(string reason)
    {
        InvalidOperationException cause = new(reason);
        foreach (UnsentDatagram datagram in _names.TakeAll())
        {
            Fail(datagram, cause);
        }

        _isDropped = true;
        _refused?.Stop();
        while (_refused is not null && _refused.TryTake(out DatagramSend? refused))
        {
            UnsentDatagram datagram = refused.Datagram;
            socket.Shared.Return(refused);
            Fail(datagram, cause);
        }

        while (_waiting.TryDequeue(out UnsentDatagram datagram))
        {
            if (datagram.Filled is { } filled)
            {
                socket.Shared.Return(filled);
            }

            Fail(datagram, cause);
        }
    }

    /// <summary>A send is over.</summary>
    public void OnSent(DatagramSend send, long result)
    {
        Remove(send);
        if (result == -Errno.Again && Flags != TransferFlags.None && !_isDropped)
        {
            (_refused ??= new RefusedDatagrams(socket.Loop, SendRefused)).Add(send);
            return;
        }

        if (result < 0 && TryRepeat(send, -result))
        {
            return;
        }

        UnsentDatagram datagram = send.Datagram;
        socket.Shared.Return(send);
        if (result < 0)
        {
            Fail(datagram, FailureOf(result, "sendto", $"a datagram to {datagram.Target?.ToString() ?? socket.ToString()}"));
        }
        else
        {
            socket.Figures.OnSent();
            if (datagram.WantsAck)
            {
                socket.TellSafely(datagram.Commander, datagram.Ack!);
            }
        }

        while (!IsRefused && _waiting.TryPeek(out UnsentDatagram next) && _inFlight.Count < socket.Settings.MaxSendsInFlight && TrySubmit(next))
        {
            _waiting.Dequeue();
        }

        socket.GoOn();
    }

    private void Begin(in UnsentDatagram datagram)
    {
        if (_waiting.Count > 0 || IsRefused || _inFlight.Count >= socket.Settings.MaxSendsInFlight || !TrySubmit(datagram))
        {
            _waiting.Enqueue(datagram);
        }
    }

    /// <returns>False when it has to wait for an entry.</returns>
    private bool TrySubmit(in UnsentDatagram datagram)
    {
        DatagramSend? send = datagram.Filled ?? Fill(datagram);
        if (send is null)
        {
            return true;
        }

        // One entry is set aside, so that a socket always gets on; what goes out beside is what others leave.
        send.UsesReservedEntry = _inFlight.Count == 0;
        if (!send.TrySubmit(socket.Loop, socket.Descriptor, Flags))
        {
            if (datagram.Filled is null)
            {
                socket.Shared.Return(send);
            }

            socket.RequireEntry(_inFlight.Count > 0);
            return false;
        }

        Add(send);
        return true;
    }

    /// <returns>Null when it was answered.</returns>
    private DatagramSend? Fill(in UnsentDatagram datagram)
    {
        int bytes = datagram.PayloadBytes;
        if (bytes > MostIpBytes && socket.Family != AddressFamily.Unix)
        {
            Fail(datagram, new ArgumentException($"{bytes} bytes are more than the {MostIpBytes} that a datagram carries: send several"));
            return null;
        }

        DatagramSend send = socket.Shared.TakeSend();
        SendBlock block = socket.Shared.SendBlocks.Rent(NativeSocketAddress.MaxBytes + bytes);
        try
        {
            send.Fill(this, block, datagram, socket.Reachable(datagram.Target));
            return send;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or SocketException)
        {
            socket.Shared.Return(send);
            Fail(datagram, exception);
            return null;
        }
    }

    /// <summary>
    /// What ICMP tells of one datagram fails the next call on the socket, whatever it is; that call's own datagram was not sent.
    /// See udp(7), ip(7) IP_RECVERR.
    /// </summary>
    private bool TryRepeat(DatagramSend send, long errorNumber)
    {
        if (send.Repetitions >= MostRepetitions || socket.IsClosing || !socket.MayHavePendingErrors
            || !DatagramErrors.MayBeOfEarlier(errorNumber, socket.Family))
        {
            return false;
        }

        if (socket.Receiver is { } receiver)
        {
            receiver.OnSendPeerError((int)errorNumber);
        }
        else
        {
            socket.OnPeerError((int)errorNumber);
        }

        send.Repetitions++;
        send.UsesReservedEntry = _inFlight.Count == 0;
        if (!send.TrySubmit(socket.Loop, socket.Descriptor, Flags))
        {
            return false;
        }

        Add(send);
        return true;
    }

    /// <summary>Tries those again that found the receiver's queue full.</summary>
    private void SendRefused()
    {
        for (int left = _refused!.Count; left > 0 && _refused.TryTake(out DatagramSend? send); left--)
        {
            send.UsesReservedEntry = _inFlight.Count == 0;
            if (send.TrySubmit(socket.Loop, socket.Descriptor, Flags))
            {
                Add(send);
            }
            else
            {
                _refused.Add(send);
            }
        }
    }

    private static FlexSocketException FailureOf(long result, string call, string target) => new(CallFailures.Of(result, call, target));

    private InvalidOperationException Refusal() => new(socket.IsClosing
        ? $"{socket} is being closed"
        : $"{socket.Settings.MaxUnsentDatagrams} datagrams of {socket} wait: wait for acknowledgements, or raise flexsc.udp.max-unsent-datagrams");

    private void Fail(in UnsentDatagram datagram, Exception cause) => Fail(datagram.Command, datagram.Commander, cause);

    private void Fail(object? command, IActorRef commander, Exception cause)
    {
        socket.Figures.OnSendFailed();
        socket.Log.Debug("{0}: not sent, {1}", socket, cause.Message);
        if (command is not null)
        {
            socket.TellSafely(commander, socket.FailureOf(command, cause));
        }
    }

    private void Add(DatagramSend send)
    {
        send.Place = _inFlight.Count;
        _inFlight.Add(send);
    }

    private void Remove(DatagramSend send)
    {
        int last = _inFlight.Count - 1;
        _inFlight[send.Place] = _inFlight[last];
        _inFlight[send.Place].Place = send.Place;
        _inFlight.RemoveAt(last);
    }
}
