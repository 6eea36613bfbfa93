using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Debug = System.Diagnostics.Debug;

namespace FlexSc.Akka.IO;

/// <summary>
/// The receiving half of a socket of datagrams: one receive that completes for each of them, into the loop's buffers, or, where those
/// are too small, one after the other into memory of its own. On the loop's thread.
/// </summary>
internal sealed class UdpReceiver : SyscallOperation, IBufferWaiter, IReceptionOwner, IDisposable
{
    /// <summary>Pause after the system ran out of memory for a receive.</summary>
    private const int RetryMs = 10;

    private readonly UdpSocket _socket;
    private readonly MessageLayout _layout;
    private readonly RetryTimer _retry;
    private readonly ErrorQueue? _errors;
    private MessageBuffer? _own;
    private Queue<object>? _held;
    private bool _wanted = true;
    private bool _awaitingBuffers;

    public UdpReceiver(UdpSocket socket)
    {
        _socket = socket;
        MayAwaitBatch = true;
        UsesReservedEntry = true;
        int nameBytes = socket.Family switch
        {
            AddressFamily.InterNetwork => 16,
            AddressFamily.InterNetworkV6 => 28,
            _ => NativeSocketAddress.MaxBytes,
        };
        _layout = socket.Shared.LayoutOf(nameBytes, socket.Options.ControlBytes);
        int wantedBytes = socket.Options.MaxDatagramBytes ?? socket.Settings.MaxDatagramBytes;
        if (wantedBytes > BufferRoomBytes)
        {
            UseOwnMemory(wantedBytes);
        }

        _retry = new RetryTimer(this);
        _errors = socket.Options.ReportsErrors && socket.Opened.Remote is null && socket.Family != AddressFamily.Unix ? new ErrorQueue(socket) : null;
        ReadAhead = new ReadAhead(this, socket.Settings.MaxUnhandledBytes, socket.Settings.MaxUnhandledLoopBytes);
        Receptions = new Receptions(this);
    }

    public ReadAhead ReadAhead { get; }

    public Receptions Receptions { get; }

    public IActorRef Self => _socket;

    public IActorRef? Handler => _socket.Handler;

    public ActorLoop ActorLoop => _socket.ActorLoop;

    public LoopReceptions LoopReceptions => _socket.Shared.Receptions;

    /// <summary>A call is in flight.</summary>
    public bool IsBusy => IsPending || _errors is { IsPending: true };

    private int BufferRoomBytes => Math.Max(0, _socket.Loop.Buffers.BufferBytes - _layout.HeadBytes);

    /// <summary>Begins to receive.</summary>
    public void Begin()
    {
        ReadAhead.SetHandler(Handler!);
        Start();
    }

    /// <summary>Receives when that is wanted.</summary>
    public void Start()
    {
        if (IsPending || _awaitingBuffers || !_wanted || ReadAhead.IsPaused || _socket.IsClosing || _retry.IsStarted || _errors is { IsPending: true })
        {
            return;
        }

        _socket.RequireEntry(_own is null
            ? _socket.Loop.TryReceiveMessages(this, _socket.Descriptor, _layout)
            : _own.TryReceive(_socket.Loop, this, _socket.Descriptor, TransferFlags.Truncate | TransferFlags.CloseOnExec));
    }

    public void Suspend()
    {
        _wanted = false;
        _socket.CancelReceive();
    }

    public void Resume()
    {
        _wanted = true;
        while (_wanted && _held is not null && _held.TryDequeue(out object? held))
        {
            Tell(held);
        }

        Start();
    }

    public void OnDemandChanged()
    {
        if (ReadAhead.IsPaused)
        {
            _socket.CancelReceive();
        }

        Start();
    }

    /// <summary>Nothing is received any more.</summary>
    public void Stop()
    {
        ReadAhead.Stop();
        _socket.Loop.StopTimer(_retry);
        _held = null;
    }

    /// <summary>No call is in flight any more.</summary>
    public void Dispose()
    {
        _own?.Dispose();
        _own = null;
        _errors?.Dispose();
    }

    public void OnBuffersAvailable()
    {
        _awaitingBuffers = false;
        try
        {
            Start();
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    public void OnDefect(Exception exception) => _socket.Fail(exception);

    protected override unsafe void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        try
        {
            if (completion.HasBuffer)
            {
                TakeIn(completion);
            }
            else if (_own is not null && completion.Result >= 0)
            {
                TakeIn(_own.Received(completion.Result), bufferId: null);
            }

            if (completion.IsTerminal)
            {
                OnReceiveEnded(completion);
            }
        }
        catch (Exception exception)
        {
            OnDefect(exception);
        }
    }

    private unsafe void TakeIn(in Completion completion)
    {
        ProvidedBuffers buffers = _socket.Loop.Buffers;
        bool isHandedOn = false;
        try
        {
            isHandedOn = TakeIn(_layout.Read(buffers.AddressOf(completion.BufferId), completion.Result), completion.BufferId);
        }
        finally
        {
            if (!isHandedOn)
            {
                buffers.Return(completion.BufferId);
            }
        }
    }

    /// <returns>Whether the buffer went to the handler.</returns>
    private unsafe bool TakeIn(in ReceivedMessage message, ushort? bufferId)
    {
        // Whatever is told to end the socket before this is seen counts first.
        _socket.Run();
        Ancillary ancillary = Ancillary.Read(message, _socket.Options);
        if (_socket.IsClosing)
        {
            ancillary.Close();
            return false;
        }

        if (message.IsTruncated)
        {
            ancillary.Close();
            _socket.OnTruncated(SenderOf(message), message.SentBytes, message.PayloadBytes);
            return false;
        }

        if (ancillary.SegmentBytes > 0 && ancillary.SegmentBytes < message.PayloadBytes)
        {
            TakeInSegments(message, ancillary.SegmentBytes);
            return false;
        }

        ReadOnlySpan<byte> bytes = new(message.Payload, message.PayloadBytes);
        bool isPooled = _socket.Options.IsPooled && ancillary.Descriptors is null;
        if (isPooled && bufferId is { } id && _wanted && _socket.Loop.Buffers.Available >= _socket.Settings.PooledLowWaterBuffers)
        {
            PooledReceived reception = Receptions.Hand(id, message.Payload, message.PayloadBytes);
            fixed (byte* name = message.Name)
            {
                // It stays where it is: it lies in the buffer.
                reception.SetSender(name, message.Name.Length);
            }

            Tell(reception);
            return true;
        }

        Deliver(ancillary.Descriptors is { } descriptors
            ? new DescriptorsReceived(ByteString.CopyFrom(bytes.ToArray()), SenderOf(message), descriptors)
            : MessageOf(bytes, SenderOf(message)));
        return false;
    }

    /// <summary>Datagrams that the kernel put together, UDP_GRO of udp(7): all of one sender and, but for the last, of one length.</summary>
    private unsafe void TakeInSegments(in ReceivedMessage message, int segmentBytes)
    {
        EndPoint? sender = SenderOf(message);
        for (int offset = 0; offset < message.PayloadBytes; offset += segmentBytes)
        {
            Deliver(MessageOf(new ReadOnlySpan<byte>(message.Payload + offset, Math.Min(segmentBytes, message.PayloadBytes - offset)), sender));
        }
    }

    private object MessageOf(ReadOnlySpan<byte> bytes, EndPoint? sender) => _socket.Options.IsPooled
        ? new PooledReceived(Receptions, bytes, sender)
        : _socket.EventOf(ByteString.FromBytes(bytes.ToArray()), sender);

    private void Deliver(object message)
    {
        if (_wanted)
        {
            Tell(message);
        }
        else
        {
            // It was under way when reading was suspended.
            (_held ??= new Queue<object>()).Enqueue(message);
        }
    }

    private void Tell(object message)
    {
        int bytes = message switch
        {
            PooledReceived reception => reception.Length,
            Udp.Received received => received.Data.Count,
            UdpConnected.Received received => received.Data.Count,
            _ => 0,
        };
        if (message is PooledReceived pooled)
        {
            ReadAhead.Mark(pooled);
        }

        _socket.Figures.OnReceived();
        Handler!.Tell(message, _socket);
        ReadAhead.OnDelivered(bytes);
    }

    private static EndPoint? SenderOf(in ReceivedMessage message) => message.Name.Length > sizeof(ushort) ? NativeSocketAddress.Read(message.Name) : null;

    private void OnReceiveEnded(in Completion completion)
    {
        long result = completion.Result;
        if (_socket.IsClosing)
        {
            _socket.GoOn();
        }
        else if (result == -Errno.NoBuffers && _own is null)
        {
            _awaitingBuffers = true;
            _socket.Loop.Buffers.Await(this);
        }
        else if (result == -Errno.Invalid && _own is null)
        {
            // The backend picks no buffers for messages.
            UseOwnMemory(BufferRoomBytes);
            Start();
        }
        else if (result >= 0 || result is -Errno.Canceled or -Errno.Interrupted or -Errno.Again)
        {
            Start();
        }
        else if (DatagramErrors.IsOfPeer(-result))
        {
            OnPeerError((int)-result);
        }
        else if (result is -Errno.NoMemory or -Errno.NoBuffers)
        {
            _socket.Loop.StartTimer(_retry, RetryMs);
        }
        else
        {
            throw new FlexSocketException(new LinuxException((int)-result, "recvmsg", _socket.ToString()!));
        }
    }

    /// <summary>A send has failed by what the network told of an earlier datagram, so that no receive will.</summary>
    public void OnSendPeerError(int errorNumber)
    {
        if (_errors is null || !_errors.TryRead(errorNumber))
        {
            _socket.OnPeerError(errorNumber);
        }
    }

    private void OnPeerError(int errorNumber)
    {
        if (_errors is null || !_errors.TryRead(errorNumber))
        {
            _socket.OnPeerError(errorNumber);
            Start();
        }
    }

    private void UseOwnMemory(int payloadBytes) => _own = new MessageBuffer(_layout.NameBytes, _layout.ControlBytes, payloadBytes);

    private sealed class RetryTimer(UdpReceiver receiver) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop)
        {
            try
            {
                receiver.Start();
            }
            catch (Exception exception)
            {
                receiver.OnDefect(exception);
            }
        }
    }
}
