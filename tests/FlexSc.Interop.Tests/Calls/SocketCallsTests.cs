using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

public sealed class SocketCallsTests : IDisposable
{
    private const int ErrnoInvalid = 22;
    private const int ErrnoPipe = 32;
    private const int ErrnoNoProtocolOption = 92;
    private const int ErrnoAddressInUse = 98;
    private const int ErrnoConnectionRefused = 111;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("IPv4")]
    [InlineData("IPv6")]
    [InlineData("Unix")]
    [InlineData("Unix, abstract")]
    public async Task Bytes_go_both_ways_between_two_sockets_of_the_loop(string kind)
    {
        Skip.If(kind == "IPv6" && !Socket.OSSupportsIPv6, "this host has no IPv6");
        EndPoint wanted = EndPointOf(kind);
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            Thread thread = Thread.CurrentThread;
            int listener = await owner.SocketAsync(wanted.AddressFamily, SocketType.Stream);
            await owner.BindAsync(listener, wanted);
            await owner.ListenAsync(listener);
            EndPoint address = await owner.GetSockNameAsync(listener);
            int client = await owner.SocketAsync(wanted.AddressFamily, SocketType.Stream);
            ValueTask<int> accepting = owner.AcceptAsync(listener);
            await owner.ConnectAsync(client, address);
            int server = await accepting;

            Assert.Equal(address.ToString(), (await owner.GetPeerNameAsync(client)).ToString());
            Assert.Equal((await owner.GetSockNameAsync(client)).ToString(), (await owner.GetPeerNameAsync(server)).ToString());
            Assert.Equal((address.ToString(), address.ToString()), (owner.GetPeerNameNow(client).ToString(), owner.GetSockNameNow(server).ToString()));

            byte[] buffer = new byte[16];
            Assert.Equal(4, await owner.SendAsync(client, "ping"u8.ToArray()));
            Assert.Equal(4, await owner.ReceiveAsync(server, buffer.AsMemory(2, 4), TransferFlags.WaitAll));
            Assert.Equal("\0\0ping\0\0"u8, buffer.AsSpan(0, 8));
            Assert.Equal(2, await owner.SendAsync(server, "ok"u8.ToArray()));
            Assert.Equal(2, await owner.ReceiveAsync(client, buffer, TransferFlags.Peek));
            Assert.Equal(2, await owner.ReceiveAsync(client, buffer));

            await owner.ShutdownAsync(client, SocketShutdown.Send);
            Assert.Equal(0, await owner.ReceiveAsync(server, buffer));
            await owner.CloseAsync(client);
            await owner.CloseAsync(server);
            await owner.CloseAsync(listener);
            Assert.Same(thread, Thread.CurrentThread);
        });
        Assert.Equal(0, await loop.RunAsync(owner => owner.UsedEntries));
    }

    [SkippableFact]
    public async Task The_runtimes_own_socket_sees_the_same_addresses()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            Assert.Equal(peer.LocalEndPoint, await loop.AwaitAsync(owner => owner.GetPeerNameAsync(socket).AsTask()));
            Assert.Equal(peer.RemoteEndPoint, await loop.AwaitAsync(owner => owner.GetSockNameAsync(socket).AsTask()));
            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task Native_memory_is_received_into_and_sent_from()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            nint memory = Marshal.AllocHGlobal(8);
            try
            {
                peer.Send("abc"u8);
                Assert.Equal(3, await loop.AwaitAsync(owner => owner.ReceiveAsync(socket, memory, 8).AsTask()));
                Assert.Equal(2, await loop.AwaitAsync(owner => owner.SendAsync(socket, memory + 1, 2).AsTask()));
                byte[] answer = new byte[8];
                Assert.Equal(2, peer.Receive(answer));
                Assert.Equal("bc"u8, answer.AsSpan(0, 2));
            }
            finally
            {
                Marshal.FreeHGlobal(memory);
            }

            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task Options_are_set_and_read_back()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            await loop.AwaitAsync(async owner =>
            {
                Assert.Equal(0, await owner.GetOptionAsync(socket, SocketOption.NoDelay));
                await owner.SetOptionAsync(socket, SocketOption.NoDelay, 1);
                Assert.Equal(1, await owner.GetOptionAsync(socket, SocketOption.NoDelay));
                Assert.Equal(0, await owner.GetOptionAsync(socket, SocketOption.Error));

                byte[] onForSevenSeconds = [1, 0, 0, 0, 7, 0, 0, 0];
                await owner.SetOptionAsync(socket, SocketOption.Linger, onForSevenSeconds);
                byte[] read = new byte[16];
                Assert.Equal(onForSevenSeconds.Length, await owner.GetOptionAsync(socket, SocketOption.Linger, read));
                Assert.Equal(onForSevenSeconds, read[..onForSevenSeconds.Length]);
            });
            await loop.FailsAsync(ErrnoNoProtocolOption, "setsockopt", $"SO_MADE_UP on file descriptor {socket}",
                owner => owner.SetOptionAsync(socket, new SocketOption(1, 9999, "SO_MADE_UP"), 1).AsTask());
            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task Failures_name_the_call_and_the_object()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int listener, EndPoint address) = await loop.AwaitAsync(async owner =>
        {
            int socket = await owner.SocketAsync(AddressFamily.InterNetwork, SocketType.Stream);
            await owner.BindAsync(socket, new IPEndPoint(IPAddress.Loopback, 0));
            return (socket, await owner.GetSockNameAsync(socket));
        });
        int other = await loop.AwaitAsync(owner => owner.SocketAsync(AddressFamily.InterNetwork, SocketType.Stream).AsTask());

        // Bound but not listening: the port is ours, so that nobody else can listen on it.
        await loop.FailsAsync(ErrnoConnectionRefused, "connect", address.ToString()!, owner => owner.ConnectAsync(other, address).AsTask());
        await loop.FailsAsync(ErrnoAddressInUse, "bind", address.ToString()!, owner => owner.BindAsync(other, address).AsTask());
        await loop.FailsAsync(ErrnoInvalid, "accept4", $"file descriptor {listener}", owner => owner.AcceptAsync(listener).AsTask());
        await loop.FailsAsync(CallsFixture.ErrnoNotConnected, "getpeername", $"file descriptor {listener}", owner => owner.GetPeerNameAsync(listener).AsTask());
        await loop.FailsAsync(CallsFixture.ErrnoNotConnected, "shutdown", $"file descriptor {listener}", owner => owner.ShutdownAsync(listener, SocketShutdown.Both).AsTask());
        await loop.FailsAsync(ErrnoPipe, "sendto", $"file descriptor {other}", owner => owner.SendAsync(other, new byte[1]).AsTask());
        await loop.AwaitAsync(async owner =>
        {
            await owner.CloseAsync(listener);
            await owner.CloseAsync(other);
        });
    }

    [SkippableFact]
    public async Task What_is_no_address_is_refused_before_the_kernel_sees_it()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            long before = owner.Submissions;
            await Assert.ThrowsAsync<ArgumentException>(() => owner.ConnectAsync(0, new DnsEndPoint("localhost", 80)).AsTask());
            await Assert.ThrowsAsync<NotSupportedException>(() => owner.SocketAsync(AddressFamily.AppleTalk, SocketType.Stream).AsTask());
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => owner.SetOptionAsync(0, SocketOption.Linger, ReadOnlyMemory<byte>.Empty).AsTask());
            Assert.Equal(before, owner.Submissions);
        });
    }

    [SkippableFact]
    public async Task Another_thread_is_refused()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.ReceiveAsync(0, new byte[1]).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.AcceptAsync(0, new CancellationTokenSource().Token).AsTask());
    }

    [SkippableFact]
    public async Task A_call_in_flight_when_the_loop_stops_fails_with_the_reason()
    {
        SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            Task<int> receiving = loop.AwaitAsync(owner => owner.ReceiveAsync(socket, new byte[1]).AsTask());
            await loop.RunAsync(owner => owner.UsedEntries);
            loop.Dispose();
            LinuxException error = await Assert.ThrowsAsync<LinuxException>(() => receiving);
            Assert.Contains("the loop stops", error.Message, StringComparison.Ordinal);
            new Socket(new SafeSocketHandle(socket, ownsHandle: true)).Dispose();
        }
    }

    private EndPoint EndPointOf(string kind) => kind switch
    {
        "IPv4" => new IPEndPoint(IPAddress.Loopback, 0),
        "IPv6" => new IPEndPoint(IPAddress.IPv6Loopback, 0),
        "Unix" => new UnixDomainSocketEndPoint(_folder["socket"]),
        _ => new UnixDomainSocketEndPoint($"\0flexsc-test-{Guid.NewGuid()}"),
    };
}
