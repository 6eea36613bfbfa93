using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.Readiness;

namespace FlexSc.Interop.Calls;

/// <summary>
/// How messages lie in provided buffers: a head, room for the sender's address and for ancillary data, the message itself;
/// <c>struct io_uring_recvmsg_out</c>. One layout serves any number of sockets. It stays until the last receive with it is over.
/// </summary>
public sealed unsafe class MessageLayout : IDisposable
{
    private MessageHeader* _header;

    /// <param name="nameBytes">Room for an address, 0 or more; a longer one is cut.</param>
    /// <param name="controlBytes">Room for ancillary data, 0 or more; what does not fit is lost.</param>
    public MessageLayout(int nameBytes, int controlBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nameBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(controlBytes);
        NameBytes = nameBytes;
        ControlBytes = controlBytes;
        _header = (MessageHeader*)NativeMemory.AllocZeroed((nuint)sizeof(MessageHeader));
        _header->NameLength = (uint)nameBytes;
        _header->ControlLength = (ulong)controlBytes;
    }

    /// <summary>Room for an address.</summary>
    public int NameBytes { get; }

    /// <summary>Room for ancillary data.</summary>
    public int ControlBytes { get; }

    /// <summary>Bytes of a buffer that come before the message.</summary>
    public int HeadBytes => sizeof(BufferedMessage) + NameBytes + ControlBytes;

    internal MessageHeader* Header
    {
        get
        {
            ObjectDisposedException.ThrowIf(_header == null, this);
            return _header;
        }
    }

    /// <summary>What a buffer holds.</summary>
    /// <param name="buffer">Address of the buffer.</param>
    /// <param name="resultBytes">Result of the completion.</param>
    public ReceivedMessage Read(byte* buffer, long resultBytes)
    {
        Debug.Assert(resultBytes >= HeadBytes, "a message without its head");
        BufferedMessage* head = (BufferedMessage*)buffer;
        byte* name = buffer + sizeof(BufferedMessage);
        byte* control = name + NameBytes;
        return new ReceivedMessage(
            new ReadOnlySpan<byte>(name, (int)Math.Min(head->NameLength, (uint)NameBytes)),
            new ReadOnlySpan<byte>(control, (int)Math.Min(head->ControlLength, (uint)ControlBytes)),
            control + ControlBytes,
            (int)resultBytes - HeadBytes,
            head->PayloadLength,
            head->Flags);
    }

    /// <summary>Frees the layout.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_header);
        _header = null;
    }
}

/// <summary>A message as recvmsg(2) received it; valid as long as its buffer.</summary>
public readonly unsafe ref struct ReceivedMessage
{
    private const uint Truncated = 0x20; // MSG_TRUNC
    private const uint ControlTruncated = 0x8; // MSG_CTRUNC

    private readonly uint _flags;

    internal ReceivedMessage(ReadOnlySpan<byte> name, ReadOnlySpan<byte> control, byte* payload, int payloadBytes, long sentBytes, uint flags)
    {
        Name = name;
        Control = control;
        Payload = payload;
        PayloadBytes = payloadBytes;
        SentBytes = Math.Max(sentBytes, payloadBytes);
        _flags = flags;
    }

    /// <summary>Address of the sender, for <see cref="NativeSocketAddress.Read"/>; empty when there is none.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>Ancillary data, for <see cref="ControlMessages"/>.</summary>
    public ReadOnlySpan<byte> Control { get; }

    /// <summary>The bytes of the message.</summary>
    public byte* Payload { get; }

    /// <summary>How many of them the buffer holds.</summary>
    public int PayloadBytes { get; }

    /// <summary>How many the sender sent, where the kernel tells.</summary>
    public long SentBytes { get; }

    /// <summary>True when the message was larger than its buffer: MSG_TRUNC.</summary>
    public bool IsTruncated => (_flags & Truncated) != 0;

    /// <summary>True when ancillary data was lost for want of room: MSG_CTRUNC. Descriptors among it are closed.</summary>
    public bool IsControlTruncated => (_flags & ControlTruncated) != 0;
}
