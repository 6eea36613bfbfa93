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
    private readonly LoopVariant _variant;
    private readonly ConformanceHost _host;
    private readonly List<LoopUnderTest> _loops = [];
    private readonly List<IDisposable> _disposables = [];
    private readonly HashSet<string> _descriptorsBefore;

    static ConformanceTests()
    {
        // What the runtime opens for its first socket and its first signal is no leak of a test.
        RealHost host = new();
        using Peer first = host.Listen();
        using Peer client = host.NewStream();
        client.Connect(first);
        using Peer accepted = first.Accept();
        using PosixSignalRegistration registration = RegisterSignal();
    }

    protected ConformanceTests(LoopVariant variant, ConformanceHost? host = null)
    {
        _variant = variant;
        _host = host ?? new RealHost();
        _descriptorsBefore = _host.OpenDescriptors();
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
        while (_host.OpenDescriptors().Except(_descriptorsBefore).Any() && Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline)
        {
            await Task.Yield();
        }

        Assert.Empty(_host.OpenDescriptors().Except(_descriptorsBefore));
    }

    private protected LoopUnderTest Start(SyscallLoopOptions? options = null)
    {
        LoopUnderTest loop = new(_host.Start(_variant, options ?? new SyscallLoopOptions()));
        _loops.Add(loop);
        return loop;
    }

    /// <summary>Has something disposed after the loops of the test.</summary>
    private protected T Keep<T>(T disposable) where T : IDisposable
    {
        _disposables.Add(disposable);
        return disposable;
    }

    private Peer Listen(int backlog = 128) => Keep(_host.Listen(backlog));

    private Peer Connect(Peer listener)
    {
        Peer client = Keep(_host.NewStream());
        client.Connect(listener);
        return client;
    }

    /// <summary>A connection whose one end is accepted through the page. The test closes that end, by <see cref="CloseAsync"/>.</summary>
    private protected async Task<(long Here, Peer There)> AcceptAsync(LoopUnderTest loop)
    {
        Peer listener = Listen();
        RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, argument0: (long)listener.Handle, argument3: CloseOnExec);
        Peer there = Connect(listener);
        long here = await accept.Result;
        Assert.True(here >= 0, $"accept4 answered {here}");
        return (here, there);
    }

    /// <summary>A path that nothing is at.</summary>
    private static string NewTemporaryPath() => $"{RealHost.TemporaryPrefix}{Guid.NewGuid():n}";

    private protected static async Task CloseAsync(LoopUnderTest loop, long fileDescriptor) =>
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Close, fileDescriptor));

    /// <summary>Skips the rest of a test where the kernel is a model.</summary>
    private void RequireRealKernel(string reason) => Skip.If(!_host.IsReal, $"needs the real kernel: {reason}");

    private static async Task ReceiveExactlyAsync(Peer socket, Memory<byte> target)
    {
        while (target.Length > 0)
        {
            int received = await socket.ReceiveAsync(target).WaitAsync(LoopFixture.Deadline);
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
    private protected const long ErrnoNoSystemCall = 38;
    private const long ErrnoNotSocket = 88;
    private const long ErrnoConnectionReset = 104;
    private const long ErrnoNoBuffers = 105;
    private const long ErrnoConnectionRefused = 111;
    private const long ErrnoAlready = 114;
    private protected const long ErrnoCanceled = 125;
}
