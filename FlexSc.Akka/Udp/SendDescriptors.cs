using System.Net.Sockets;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.IO;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Akka.IO;

/// <summary>
/// Told to a bound Unix socket: sends a datagram with open descriptors, SCM_RIGHTS of unix(7). The receiver gets descriptors of its own;
/// these stay the sender's. <see cref="Udp.CommandFailed"/> tells that it was not sent.
/// </summary>
/// <param name="payload">The bytes.</param>
/// <param name="target">Address of the receiver.</param>
/// <param name="descriptors">1 to 253 descriptors, open when the command is told.</param>
/// <param name="ack">Told once the kernel took it; null for no answer.</param>
public sealed class SendDescriptors(ByteString payload, UnixDomainSocketEndPoint target, IReadOnlyList<SafeHandle> descriptors, Udp.Event? ack = null)
    : Udp.Command
{
    /// <summary>The bytes.</summary>
    public ByteString Payload => payload;

    /// <summary>Address of the receiver.</summary>
    public UnixDomainSocketEndPoint Target => target;

    /// <summary>The descriptors.</summary>
    public IReadOnlyList<SafeHandle> Descriptors => descriptors;

    /// <summary>Told once the kernel took it.</summary>
    public Udp.Event Ack { get; } = ack ?? Udp.NoAck.Instance;

    /// <summary>Whether there is an answer.</summary>
    public bool WantsAck => Ack is not Udp.NoAck;
}

/// <summary>Descriptors on their way. On the loop's thread.</summary>
internal sealed class DescriptorSend : SyscallOperation, IDisposable
{
    private readonly UdpSocket _socket;
    private readonly MessageBuffer _message;
    private readonly List<SafeHandle> _held = [];
    private readonly int _nameBytes;

    /// <exception cref="ObjectDisposedException">A descriptor is closed.</exception>
    public DescriptorSend(UdpSocket socket, SendDescriptors command, IActorRef commander)
    {
        _socket = socket;
        Command = command;
        Commander = commander;
        int dataBytes = command.Descriptors.Count * sizeof(int);
        _message = new MessageBuffer(NativeSocketAddress.MaxBytes, ControlMessages.SpaceOf(dataBytes), command.Payload.Count);
        try
        {
            int[] numbers = new int[command.Descriptors.Count];
            for (int i = 0; i < numbers.Length; i++)
            {
                // Held until the kernel took it, so that its number is not another file's by then.
                bool isHeld = false;
                command.Descriptors[i].DangerousAddRef(ref isHeld);
                _held.Add(command.Descriptors[i]);
                numbers[i] = (int)command.Descriptors[i].DangerousGetHandle();
            }

            ControlMessages.Write(_message.Control, Ancillary.LevelSocket, Ancillary.Rights, MemoryMarshal.AsBytes(numbers.AsSpan()));
            command.Payload.ToArray().CopyTo(_message.Payload);
            _nameBytes = NativeSocketAddress.Write(command.Target, _message.Name);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public SendDescriptors Command { get; }

    public IActorRef Commander { get; }

    public bool TrySubmit() => _message.TrySend(
        _socket.Loop, this, _socket.Descriptor, _nameBytes, ControlMessages.SpaceOf(Command.Descriptors.Count * sizeof(int)), Command.Payload.Count);

    /// <summary>The call is over, or was never made.</summary>
    public void Dispose()
    {
        _held.ForEach(static descriptor => descriptor.DangerousRelease());
        _held.Clear();
        _message.Dispose();
    }

    protected override void OnCompleted(SyscallLoop loop, in Completion completion) => _socket.Sender.OnSent(this, completion.Result);
}
