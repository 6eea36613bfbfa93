using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

public sealed class SocketQueuesTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_the_peer_took_is_told_apart_from_what_the_kernel_holds()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 16 * 1024 };
        int waiting = (int)listener.SafeHandle.DangerousGetHandle();
        Assert.Equal(0, SocketQueues.WaitingConnections(waiting));
        await peer.ConnectAsync(listener.LocalEndPoint!);
        using CancellationTokenSource deadline = new(Deadline);
        while (SocketQueues.WaitingConnections(waiting) != 1)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        using Socket sender = await listener.AcceptAsync();
        Assert.Equal(0, SocketQueues.WaitingConnections(waiting));
        int descriptor = (int)sender.SafeHandle.DangerousGetHandle();
        Assert.Equal((0, 0), (SocketQueues.QueuedBytes(descriptor), SocketQueues.AcknowledgedBytes(descriptor)));

        sender.Blocking = false;
        long sent = 0;
        try
        {
            while (true)
            {
                sent += sender.Send(new byte[4096]);
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
        {
            // The kernels between hold as much as they may.
        }

        long taken = SocketQueues.AcknowledgedBytes(descriptor);
        Assert.InRange(taken, 0, sent - 1);
        Assert.InRange(SocketQueues.QueuedBytes(descriptor), 1, sent);

        Assert.InRange(SocketQueues.ReceivedBytes((int)peer.SafeHandle.DangerousGetHandle()), 1, sent);
        byte[] buffer = new byte[64 * 1024];
        for (long left = sent; left > 0;)
        {
            left -= await peer.ReceiveAsync(buffer, deadline.Token);
        }

        // The last acknowledgement may be delayed a little.
        while (SocketQueues.AcknowledgedBytes(descriptor) < sent)
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(0, SocketQueues.ReceivedBytes((int)peer.SafeHandle.DangerousGetHandle()));
        Assert.Equal((0, sent), (SocketQueues.QueuedBytes(descriptor), SocketQueues.AcknowledgedBytes(descriptor)));
    }

    [Fact]
    public void What_is_no_connection_is_refused()
    {
        const int NoDescriptor = -1;
        Assert.Equal(Errno.BadDescriptor, Assert.Throws<LinuxException>(() => SocketQueues.QueuedBytes(NoDescriptor)).ErrorNumber);
        Assert.Equal(Errno.BadDescriptor, Assert.Throws<LinuxException>(() => SocketQueues.AcknowledgedBytes(NoDescriptor)).ErrorNumber);
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Assert.Equal(
            Errno.Invalid, Assert.Throws<LinuxException>(() => SocketQueues.QueuedBytes((int)listener.SafeHandle.DangerousGetHandle())).ErrorNumber);
    }
}
