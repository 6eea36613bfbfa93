using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>
/// What a program may rely on whichever backend executes its entries. Every test of this class runs over every backend; at its
/// end no entry, buffer or file descriptor is left.
/// </summary>
public abstract partial class ConformanceTests : IAsyncLifetime
{
    private static readonly string TemporaryPrefix = Path.Combine(Path.GetTempPath(), "flexsc-");
    private static readonly string[] LeakPrefixes = ["socket:", "pipe:", "anon_inode:", TemporaryPrefix];
    private readonly LoopVariant _variant;
    private readonly List<LoopUnderTest> _loops = [];
    private readonly List<IDisposable> _disposables = [];
    private readonly HashSet<string> _descriptorsBefore;

    static ConformanceTests()
    {
        // What the runtime opens for its first socket and its first signal is no leak of a test.
        using Socket first = Listen(IPAddress.IPv6Loopback);
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        Task connecting = client.ConnectAsync(first.LocalEndPoint!);
        using Socket accepted = first.Accept();
        connecting.Wait();
        using PosixSignalRegistration registration = RegisterSignal();
    }

    protected ConformanceTests(LoopVariant variant)
    {
        _variant = variant;
        _descriptorsBefore = OpenDescriptors();
    }

    /// <summary>The variant of the derived class.</summary>
    protected LoopVariant Variant => _variant;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        try
        {
            foreach (LoopUnderTest loop in _loops)
            {
                await loop.EndAsync();
            }
        }
        finally
        {
            foreach (IDisposable disposable in _disposables)
            {
                disposable.Dispose();
            }
        }

        long startedAt = Stopwatch.GetTimestamp();
        while (OpenDescriptors().Except(_descriptorsBefore).Any() && Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline)
        {
            await Task.Yield();
        }

        Assert.Empty(OpenDescriptors().Except(_descriptorsBefore));
    }

    private protected LoopUnderTest Start(SyscallLoopOptions? options = null)
    {
        LoopUnderTest loop = new(_variant.Start(options ?? new SyscallLoopOptions()));
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Has something disposed after the loops of the test.</summary>
    private protected T Keep<T>(T disposable) where T : IDisposable
    {
        _disposables.Add(disposable);
        return disposable;
    }

    private Socket Listen(int backlog = 128) => Keep(Listen(IPAddress.IPv6Loopback, backlog));

    private static Socket Listen(IPAddress address, int backlog = 128)
    {
        Socket listener = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen(backlog);
        return listener;
    }

    private Socket Connect(Socket listener)
    {
        Socket client = Keep(new Socket(listener.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        client.Connect(listener.LocalEndPoint!);
        client.NoDelay = true;
        return client;
    }

    /// <summary>A connection whose one end is accepted through the page. The test closes that end, by <see cref="CloseAsync"/>.</summary>
    private protected async Task<(long Here, Socket There)> AcceptAsync(LoopUnderTest loop)
    {
        Socket listener = Listen();
        RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, argument0: (long)listener.Handle, argument3: CloseOnExec);
        Socket there = Connect(listener);
        long here = await accept.Result;
        Assert.True(here >= 0, $"accept4 answered {here}");
        return (here, there);
    }

    /// <summary>A path that nothing is at.</summary>
    private static string NewTemporaryPath() => $"{TemporaryPrefix}{Guid.NewGuid():n}";

    private protected static async Task CloseAsync(LoopUnderTest loop, long fileDescriptor) =>
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Close, fileDescriptor));

    /// <summary>Number and target of each open descriptor, so that one whose number was used again counts as another.</summary>
    private static HashSet<string> OpenDescriptors()
    {
        HashSet<string> open = [];
        foreach (string path in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            // Assemblies and the like are the runtime's, which opens them when it needs them.
            string? target = new FileInfo(path).LinkTarget;
            if (target is not null && LeakPrefixes.Any(prefix => target.StartsWith(prefix, StringComparison.Ordinal)))
            {
                open.Add($"{Path.GetFileName(path)} -> {target}");
            }
        }

        return open;
    }

    private static async Task ReceiveExactlyAsync(Socket socket, Memory<byte> target)
    {
        while (target.Length > 0)
        {
            int received = await socket.ReceiveAsync(target).AsTask().WaitAsync(LoopFixture.Deadline);
            Assert.NotEqual(0, received);
            target = target[received..];
        }
    }

    private protected const long CloseOnExec = 0x80000;
    private const long MessagePeek = 0x02;
    private const long MessageDoNotWait = 0x40;
    private const long MessageWaitAll = 0x100;
    private protected const EntryFlags MultishotReceive = EntryFlags.Multishot | EntryFlags.ProvidedBuffer;
    private const long ErrnoNotPermitted = 1;
    private const long ErrnoNoEntry = 2;
    private const long ErrnoInterrupted = 4;
    private const long ErrnoBadDescriptor = 9;
    private const long ErrnoAgain = 11;
    private const long ErrnoInvalid = 22;
    private const long ErrnoTooManyFiles = 24;
    private const long ErrnoBrokenPipe = 32;
    private const long ErrnoNoSystemCall = 38;
    private const long ErrnoNotSocket = 88;
    private const long ErrnoConnectionReset = 104;
    private const long ErrnoNoBuffers = 105;
    private const long ErrnoConnectionRefused = 111;
    private const long ErrnoAlready = 114;
    private protected const long ErrnoCanceled = 125;
}
