using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>Descriptors on their way with the first bytes of a write. On the loop's thread.</summary>
internal sealed class DescriptorWrite : IDisposable
{
    private const int TooManyReferences = 109; // ETOOMANYREFS

    private readonly HeldDescriptors _held;
    private readonly MessageBuffer _message;

    /// <exception cref="ObjectDisposedException">A descriptor is closed.</exception>
    public DescriptorWrite(WriteDescriptors command)
    {
        Command = command;
        _held = new HeldDescriptors(command.Descriptors);
        _message = new MessageBuffer(nameBytes: 0, _held.ControlBytes, payloadBytes: 0);
        _held.WriteTo(_message.Control);
    }

    public WriteDescriptors Command { get; }

    public int Count => Command.Descriptors.Count;

    /// <summary>Whether a failed send says that these descriptors cannot be passed now, and not that the connection has ended.</summary>
    public static bool IsOfDescriptors(long errorNumber) =>
        errorNumber is TooManyReferences or Errno.BadDescriptor or Errno.Invalid or Errno.NoMemory or Errno.NoBuffers;

    /// <summary>Sends a block with them; less of it may be sent, but they go with the first byte.</summary>
    public unsafe bool TrySend(SyscallLoop loop, SyscallOperation operation, int socket, SendBlock block) =>
        _message.TrySend(loop, operation, socket, _held.ControlBytes, block.Unsent, block.UnsentBytes);

    /// <summary>They are sent, or will not be; no call is in flight. Again does nothing.</summary>
    public void Dispose()
    {
        _held.Dispose();
        _message.Dispose();
    }
}
