using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

// A program of FlexSc.Interop alone, which a test compiles ahead of time out of the package: a socket's echo and a directory, on each backend
// that this host has. It prints a line for each, and nothing but these.
byte[] text = "ahead of time"u8.ToArray();
HostCapabilities host = HostCapabilities.Read();
foreach (SyscallBackendKind backend in (SyscallBackendKind[])[SyscallBackendKind.IoUring, SyscallBackendKind.SyscallThreads])
{
    try
    {
        _ = BackendSelector.Choose(backend, host);
    }
    catch (BackendUnavailableException unavailable)
    {
        Console.WriteLine($"{SyscallBackendKinds.Format(backend)}: unavailable: {unavailable.Reason}");
        continue;
    }

    using SyscallLoop loop = SyscallLoop.Start(new SyscallLoopOptions { Backend = backend }, "aot");
    TaskCompletionSource<string> result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    _ = loop.TryPost(owner => _ = CompleteAsync(owner, result));
    Console.WriteLine($"{loop.BackendName}: {await result.Task}");
}

async Task CompleteAsync(SyscallLoop loop, TaskCompletionSource<string> result)
{
    try
    {
        result.SetResult($"{await EchoAsync(loop)}, {(await CountThreadsAsync(loop) > 0 ? "threads seen" : "no thread seen")}");
    }
    catch (Exception exception)
    {
        result.SetException(exception);
    }
}

async Task<string> EchoAsync(SyscallLoop loop)
{
    int listener = await loop.SocketAsync(AddressFamily.InterNetwork, SocketType.Stream);
    await loop.BindAsync(listener, new IPEndPoint(IPAddress.Loopback, 0));
    await loop.ListenAsync(listener);
    int client = await loop.SocketAsync(AddressFamily.InterNetwork, SocketType.Stream);
    await loop.ConnectAsync(client, await loop.GetSockNameAsync(listener));
    int server = await loop.AcceptAsync(listener);
    byte[] received = new byte[text.Length];
    _ = await loop.SendAsync(client, text);
    int count = await loop.ReceiveAsync(server, received, TransferFlags.WaitAll);
    foreach (int descriptor in (int[])[client, server, listener])
    {
        await loop.CloseAsync(descriptor);
    }

    return System.Text.Encoding.ASCII.GetString(received, 0, count);
}

static async Task<int> CountThreadsAsync(SyscallLoop loop)
{
    int count = 0;
    await foreach (DirectoryEntry entry in loop.ReadDirectoryAsync("/proc/self/task"))
    {
        count += entry.Name.Length > 0 ? 1 : 0;
    }

    return count;
}
