using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

/// <summary>What the tests of the typed calls share.</summary>
internal static class CallsFixture
{
    public const int ErrnoNotConnected = 107;

    /// <summary>Expects a failure on the loop's thread and what its text names.</summary>
    public static async Task FailsAsync(this SyscallLoop loop, int errorNumber, string call, string target, Func<SyscallLoop, Task> work)
    {
        LinuxException error = await Assert.ThrowsAsync<LinuxException>(() => loop.AwaitAsync(work));
        Assert.Equal(errorNumber, error.ErrorNumber);
        Assert.Equal(call, error.Call);
        Assert.Equal(target, error.Target);
    }

    /// <summary>Two connected sockets whose first one belongs to the loop's calls and the second to the test.</summary>
    public static async Task<(int Socket, Socket Peer)> ConnectAsync(SyscallLoop owner)
    {
        int listener = await owner.SocketAsync(AddressFamily.InterNetwork, SocketType.Stream);
        await owner.BindAsync(listener, new IPEndPoint(IPAddress.Loopback, 0));
        await owner.ListenAsync(listener);
        EndPoint address = await owner.GetSockNameAsync(listener);
        Socket peer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Task connecting = peer.ConnectAsync(address);
        int socket = await owner.AcceptAsync(listener);
        await owner.CloseAsync(listener);
        await connecting.ConfigureAwait(false);
        return (socket, peer);
    }

    /// <summary>Connected sockets, made on the loop and handed to the test.</summary>
    public static Task<(int Socket, Socket Peer)> ConnectedAsync(this SyscallLoop loop) => loop.AwaitAsync(ConnectAsync);
}

/// <summary>A folder of its own that vanishes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("flexsc-calls-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
