using Akka.IO;
using FlexSc.Interop.Calls;
using Microsoft.Win32.SafeHandles;

namespace FlexSc.Akka.IO;

/// <content>
/// Descriptors that come with the bytes: messages are then received one at a time, into memory of the connection's own. And what came
/// while nobody wanted it.
/// </content>
internal sealed partial class TcpReceiver
{
    /// <summary>What a descriptor that the handler has not handled counts for, in bytes: they are fewer than those.</summary>
    private const int BytesOfDescriptor = 4096;

    private MessageBuffer? _messages;

    private int MostDescriptors => _connection.Settings.MostDescriptors;

    private void BeginMessages()
    {
        if (MostDescriptors > 0)
        {
            _messages = new MessageBuffer(nameBytes: 0, PassedDescriptors.ControlBytesOf(MostDescriptors), _connection.Loop.Buffers.BufferBytes);
        }
    }

    private bool TryReceiveMessage(MessageBuffer messages) =>
        messages.TryReceive(_connection.Loop, _operation, _connection.Socket, TransferFlags.CloseOnExec);

    private unsafe void TakeIn(in ReceivedMessage message)
    {
        _peeked = false;
        List<SafeFileHandle>? descriptors = null;
        ControlMessages control = new(message.Control);
        while (control.MoveNext())
        {
            if (PassedDescriptors.Are(control))
            {
                PassedDescriptors.Take(control, ref descriptors);
            }
        }

        ReadOnlySpan<byte> bytes = new(message.Payload, message.PayloadBytes);
        if (_connection.Phase == ConnectionPhase.TearingDown)
        {
            PassedDescriptors.Close(descriptors);
        }
        else if (descriptors is null && !message.IsControlTruncated)
        {
            DeliverCopy(bytes);
        }
        else
        {
            Deliver(new Held(bytes.ToArray(), Bounded(descriptors ?? [], message.IsControlTruncated)));
        }
    }

    /// <summary>The room for ancillary data is rounded up, so one more than asked for may have come.</summary>
    private ReceivedDescriptors Bounded(List<SafeFileHandle> descriptors, bool isTruncated)
    {
        if (descriptors.Count <= MostDescriptors)
        {
            return new ReceivedDescriptors(descriptors, isTruncated);
        }

        PassedDescriptors.Close(descriptors.GetRange(MostDescriptors, descriptors.Count - MostDescriptors));
        return new ReceivedDescriptors(descriptors.GetRange(0, MostDescriptors), IsTruncated: true);
    }

    private void Deliver(in Held received)
    {
        if (_wanted || _deliversOnce)
        {
            OnDelivering();
            Tell(received);
        }
        else
        {
            Hold(received);
        }
    }

    private void Hold(in Held received) => (_held ??= new Queue<Held>()).Enqueue(received);

    private void Tell(in Held received)
    {
        byte[] bytes = received.Bytes;
        if (received.Descriptors is { } passed)
        {
            Tell(
                new ReceivedWithDescriptors(ByteString.FromBytes(bytes), passed.Descriptors, passed.IsTruncated),
                bytes.Length + (passed.Descriptors.Count * BytesOfDescriptor));
        }
        else
        {
            Tell(_pooled ? new PooledReceived(Receptions, bytes) : new Tcp.Received(ByteString.FromBytes(bytes)), bytes.Length);
        }
    }

    /// <summary>The connection is over, and nothing is in flight.</summary>
    private void DropHeld()
    {
        foreach (Held held in _held ?? [])
        {
            PassedDescriptors.Close(held.Descriptors?.Descriptors);
        }

        _held = null;
        _messages?.Dispose();
        _messages = null;
    }

    /// <summary>What came while nobody wanted it, or is about to be told.</summary>
    private readonly record struct Held(byte[] Bytes, ReceivedDescriptors? Descriptors = null);

    private sealed record ReceivedDescriptors(IReadOnlyList<SafeFileHandle> Descriptors, bool IsTruncated);
}
