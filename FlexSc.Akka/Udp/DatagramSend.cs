using System.Net;
using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>A datagram on its way: its address and its bytes, in a send block. On the loop's thread.</summary>
internal sealed unsafe class DatagramSend : SyscallOperation
{
    private UdpSender _sender = null!;
    private int _addressBytes;

    public SendBlock Block { get; private set; } = null!;

    /// <summary>The command, and who told it; without a command where it came by <see cref="UdpOutput"/>.</summary>
    public UnsentDatagram Datagram { get; private set; }

    /// <summary>Its place among the sends in flight.</summary>
    public int Place { get; set; }

    /// <summary>How often an error that was not of this datagram has come in its place, and it was sent again.</summary>
    public int Repetitions { get; set; }

    private int PayloadBytes => Block.LengthBytes - NativeSocketAddress.MaxBytes;

    /// <summary>Copies the bytes and the address of a command.</summary>
    /// <exception cref="ArgumentException">The target is no address.</exception>
    public void Fill(UdpSender sender, SendBlock block, in UnsentDatagram datagram, EndPoint? target)
    {
        Span<byte> payload = Begin(sender, block, datagram, datagram.PayloadBytes);
        datagram.CopyTo(payload);
        _addressBytes = target is null ? 0 : NativeSocketAddress.Write(target, AddressRoom);
    }

    /// <summary>Copies bytes and an address as the kernel has it; an empty one for a connected socket.</summary>
    public void Fill(UdpSender sender, SendBlock block, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> address)
    {
        bytes.CopyTo(Begin(sender, block, default, bytes.Length));
        address.CopyTo(AddressRoom);
        _addressBytes = address.Length;
    }

    public bool TrySubmit(SyscallLoop loop, int socket, TransferFlags flags)
    {
        byte* memory = Block.Unsent;
        return loop.TrySendTo(
            this, socket, memory + NativeSocketAddress.MaxBytes, PayloadBytes, _addressBytes == 0 ? null : memory, _addressBytes, flags);
    }

    public void Clear()
    {
        Block = null!;
        Datagram = default;
        _sender = null!;
    }

    protected override void OnCompleted(SyscallLoop loop, in Completion completion) => _sender.OnSent(this, completion.Result);

    private Span<byte> AddressRoom => new(Block.Unsent, NativeSocketAddress.MaxBytes);

    private Span<byte> Begin(UdpSender sender, SendBlock block, in UnsentDatagram datagram, int payloadBytes)
    {
        _sender = sender;
        Block = block;
        Datagram = datagram;
        Repetitions = 0;
        MayAwaitBatch = !datagram.WantsAck;
        block.LengthBytes = NativeSocketAddress.MaxBytes + payloadBytes;
        return new Span<byte>(block.Unsent + NativeSocketAddress.MaxBytes, payloadBytes);
    }
}

/// <summary>A command to send, and who told it; or a datagram that is copied already.</summary>
/// <param name="Command">A <see cref="Udp.Send"/> or a <see cref="UdpConnected.Send"/>.</param>
/// <param name="Commander">Gets the acknowledgement, or the failure.</param>
/// <param name="Target">Where to; null for a connected socket.</param>
/// <param name="Filled">Without a command: the datagram.</param>
internal readonly record struct UnsentDatagram(object? Command, IActorRef Commander, EndPoint? Target, DatagramSend? Filled = null)
{
    public int PayloadBytes => Payload.Count;

    /// <summary>False for a command without bytes.</summary>
    public bool HasPayload => Payload is not null;

    public bool WantsAck => Command switch
    {
        Udp.Send send => send.WantsAck,
        UdpConnected.Send send => send.WantsAck,
        _ => false,
    };

    public object? Ack => Command is Udp.Send send ? send.Ack : ((UdpConnected.Send)Command!).Ack;

    private ByteString Payload => Command is Udp.Send send ? send.Payload : ((UdpConnected.Send)Command!).Payload;

    public void CopyTo(Span<byte> destination)
    {
        ByteString payload = Payload;
        if (payload.Count > 0)
        {
            payload.CopyTo(ref destination, 0, payload.Count);
        }
    }
}
