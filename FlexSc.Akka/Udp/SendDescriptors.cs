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
    private readonly HeldDescriptors _held;
    private readonly int _nameBytes;

    /// <exception cref="ObjectDisposedException">A descriptor is closed.</exception>
    public DescriptorSend(UdpSocket socket, SendDescriptors command, IActorRef commander)
    {
        _socket = socket;
        Command = command;
        Commander = commander;
        _held = new HeldDescriptors(command.Descriptors);
        _message = new MessageBuffer(NativeSocketAddress.MaxBytes, _held.ControlBytes, command.Payload.Count);
        try
        {
            _held.WriteTo(_message.Control);
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
        _socket.Loop, this, _socket.Descriptor, _nameBytes, _held.ControlBytes, Command.Payload.Count);

    /// <summary>The call is over, or was never made.</summary>
    public void Dispose()
    {
        _held.Dispose();
        _message.Dispose();
    }

    protected override void OnCompleted(SyscallLoop loop, in Completion completion) => _socket.Sender.OnSent(this, completion.Result);
}
