using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Memory of one message with address and ancillary data, for one recvmsg(2) or sendmsg(2) at a time. On the loop's thread. It stays
/// until the completion.
/// </summary>
public sealed unsafe class MessageBuffer : IDisposable
{
    private const int MessageNoSignal = 0x4000; // MSG_NOSIGNAL

    private readonly int _nameBytes;
    private readonly int _controlBytes;
    private readonly int _payloadBytes;
    private byte* _memory;

    /// <param name="nameBytes">Room for an address.</param>
    /// <param name="controlBytes">Room for ancillary data.</param>
    /// <param name="payloadBytes">Room for the message, 0 or more.</param>
    public MessageBuffer(int nameBytes, int controlBytes, int payloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nameBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(controlBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        _nameBytes = nameBytes;
        _controlBytes = Aligned(controlBytes);
        _payloadBytes = payloadBytes;
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)(PayloadOffset + payloadBytes));
        MessageHeader* header = Header;
        header->Vectors = (IoVector*)(header + 1);
        header->VectorCount = 1;
    }

    /// <summary>Room for an address.</summary>
    public Span<byte> Name => new(Memory + NameOffset, _nameBytes);

    /// <summary>Room for ancillary data; begins where <see cref="ControlMessages.Write"/> wants it to.</summary>
    public Span<byte> Control => new(Memory + ControlOffset, _controlBytes);

    /// <summary>Room for the message.</summary>
    public Span<byte> Payload => new(Memory + PayloadOffset, _payloadBytes);

    private byte* Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory == null, this);
            return _memory;
        }
    }

    private MessageHeader* Header => (MessageHeader*)Memory;

    private static int ControlOffset => sizeof(MessageHeader) + sizeof(IoVector);

    private int NameOffset => ControlOffset + _controlBytes;

    private int PayloadOffset => Aligned(NameOffset + _nameBytes);

    /// <summary>Receives one message; recvmsg(2).</summary>
    /// <returns>False when every entry of the page set is in use.</returns>
    public bool TryReceive(SyscallLoop loop, SyscallOperation operation, int socket, TransferFlags flags)
    {
        ArgumentNullException.ThrowIfNull(loop);
        SetLengths(_nameBytes, _controlBytes, _memory + PayloadOffset, _payloadBytes);
        return loop.TrySubmit(operation, SyscallNumber.RecvMsg, argument0: socket, argument1: (long)Header, argument2: (long)flags);
    }

    /// <summary>Sends one message; sendmsg(2).</summary>
    /// <returns>False when every entry of the page set is in use.</returns>
    public bool TrySend(SyscallLoop loop, SyscallOperation operation, int socket, int nameBytes, int controlBytes, int payloadBytes)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(nameBytes, _nameBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(controlBytes, _controlBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadBytes, _payloadBytes);
        SetLengths(nameBytes, controlBytes, _memory + PayloadOffset, payloadBytes);
        return loop.TrySubmit(operation, SyscallNumber.SendMsg, argument0: socket, argument1: (long)Header, argument2: MessageNoSignal);
    }

    /// <summary>Sends bytes that are elsewhere with the ancillary data of this message; sendmsg(2). They stay until the completion, too.</summary>
    /// <returns>False when every entry of the page set is in use.</returns>
    public bool TrySend(SyscallLoop loop, SyscallOperation operation, int socket, int controlBytes, byte* payload, int payloadBytes)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(controlBytes, _controlBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(payloadBytes);
        SetLengths(nameBytes: 0, controlBytes, payload, payloadBytes);
        return loop.TrySubmit(operation, SyscallNumber.SendMsg, argument0: socket, argument1: (long)Header, argument2: MessageNoSignal);
    }

    /// <summary>The message that was received.</summary>
    /// <param name="result">Result of the completion, 0 or more.</param>
    public ReceivedMessage Received(long result)
    {
        Debug.Assert(result >= 0, "a receive that failed has no message");
        MessageHeader* header = Header;
        return new ReceivedMessage(
            Name[..(int)Math.Min(header->NameLength, (uint)_nameBytes)],
            Control[..(int)Math.Min(header->ControlLength, (ulong)_controlBytes)],
            _memory + PayloadOffset,
            (int)Math.Min(result, _payloadBytes),
            result,
            (uint)header->Flags);
    }

    /// <summary>Frees the memory; no call may be in flight with it.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_memory);
        _memory = null;
    }

    private static int Aligned(int bytes) => (bytes + sizeof(long) - 1) & -sizeof(long);

    private void SetLengths(int nameBytes, int controlBytes, byte* payload, int payloadBytes)
    {
        MessageHeader* header = Header;
        header->Name = nameBytes == 0 ? null : _memory + NameOffset;
        header->NameLength = (uint)nameBytes;
        header->Control = controlBytes == 0 ? null : _memory + ControlOffset;
        header->ControlLength = (ulong)controlBytes;
        header->Vectors->Base = (ulong)payload;
        header->Vectors->Length = (ulong)payloadBytes;
        header->Flags = 0;
    }
}
