using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tmds.Linux;

namespace FlexSc.Measuring.Load;

/// <summary>
/// A connection that .NET opens and bare calls use, because the generator has to cost less than the server. Calls do not block.
/// What goes wrong is a text, null where nothing did.
/// </summary>
internal sealed unsafe class BareConnection : IDisposable
{
    private readonly Socket _socket;

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public BareConnection(IPEndPoint server)
    {
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        _socket.Blocking = false;
        FileDescriptor = (int)_socket.Handle;
    }

    public int FileDescriptor { get; }

    /// <summary>Sends all of it at once: with nothing under way the socket's buffer is empty, and larger than a request or a batch.</summary>
    public string? Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* data = bytes)
        {
            long sent = (long)LibC.send(FileDescriptor, data, bytes.Length, LibC.MSG_NOSIGNAL);
            return sent == bytes.Length ? null
                : sent < 0 ? $"send failed: {Marshal.GetLastPInvokeErrorMessage()}"
                : $"send took {sent} of {bytes.Length} bytes: the socket's send buffer is smaller than what is under way at a time";
        }
    }

    /// <summary>Takes what has arrived.</summary>
    /// <param name="into">Where to.</param>
    /// <param name="count">How many bytes came; 0 where none are there yet.</param>
    public string? Receive(Span<byte> into, out int count)
    {
        fixed (byte* data = into)
        {
            long received = (long)LibC.recv(FileDescriptor, data, into.Length, 0);
            count = (int)Math.Max(received, 0);
            if (received > 0)
            {
                return null;
            }

            int error = Marshal.GetLastPInvokeError();
            return received == 0 ? "the server closed the connection"
                : error == LibC.EAGAIN || error == LibC.EINTR ? null
                : $"recv failed: {Marshal.GetPInvokeErrorMessage(error)}";
        }
    }

    public void Dispose() => _socket.Dispose();
}
