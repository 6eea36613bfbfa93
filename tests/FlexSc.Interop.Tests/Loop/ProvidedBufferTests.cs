using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Abi;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class ProvidedBufferTests
{
    private const long ErrnoNoBuffers = 105;

    [SkippableFact]
    public async Task A_multishot_receive_fills_buffers_until_none_is_left_and_goes_on_when_one_returns()
    {
        const int Buffers = 2;
        using SemaphoreSlim received = new(0);
        using SocketPair pair = new();
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { BufferCount = Buffers, BufferBytes = 64 });
        RecordingOperation receive = new() { Then = (_, _) => received.Release() };
        await loop.RunAsync(owner => Receive(owner, receive, pair.Here));
        for (int i = 0; i < Buffers; i++)
        {
            await pair.There.SendAsync(new byte[] { (byte)i });
            Assert.True(await received.WaitAsync(LoopFixture.Deadline));
        }

        await pair.There.SendAsync("!"u8.ToArray());
        Assert.Equal(-ErrnoNoBuffers, await receive.Result);
        Assert.Equal(0, await loop.RunAsync(owner => owner.Buffers.Available));
        for (int i = 0; i < Buffers; i++)
        {
            Assert.True(receive.Completions[i].HasBuffer);
            Assert.Equal(1, receive.Completions[i].Result);
            Assert.Equal(i, await loop.RunAsync(owner => FirstByteOf(owner, receive.Completions[i].BufferId)));
        }

        TaskCompletionSource<long> resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingOperation again = new() { Then = (owner, completion) => resumed.TrySetResult(FirstByteOf(owner, completion.BufferId)) };
        await loop.RunAsync(owner =>
        {
            owner.Buffers.Await(new Resume(() => Receive(owner, again, pair.Here)));
            return 0;
        });

        // From a foreign thread, while the loop is parked or about to park.
        loop.Buffers.Return(receive.Completions[0].BufferId);
        Assert.Equal('!', await resumed.Task.WaitAsync(LoopFixture.Deadline));
        Assert.Throws<InvalidOperationException>(() => loop.Buffers.Return((ushort)(Buffers + 1)));
    }

    [SkippableFact]
    public async Task Giving_a_buffer_back_twice_is_refused()
    {
        using SemaphoreSlim received = new(0);
        using SocketPair pair = new();
        using SyscallLoop loop = LoopFixture.Start();
        RecordingOperation receive = new() { Then = (_, _) => received.Release() };
        await loop.RunAsync(owner => Receive(owner, receive, pair.Here));
        await pair.There.SendAsync("x"u8.ToArray());
        Assert.True(await received.WaitAsync(LoopFixture.Deadline));

        ushort bufferId = receive.Completions[0].BufferId;
        loop.Buffers.Return(bufferId);
        Assert.Throws<InvalidOperationException>(() => loop.Buffers.Return(bufferId));
        Assert.Equal(loop.Buffers.Count, await loop.RunAsync(owner => owner.Buffers.Available));
    }

    [SkippableFact]
    public void A_loop_that_ends_cancels_what_is_in_flight()
    {
        SyscallLoop loop = LoopFixture.Start();
        using SocketPair pair = new();
        RecordingOperation receive = new();
        Assert.True(loop.TryPost(owner => Receive(owner, receive, pair.Here)));
        loop.Dispose();
        const long errnoCanceled = 125;
        Assert.Equal(-errnoCanceled, receive.Completions[^1].Result);
    }

    private static bool Receive(SyscallLoop owner, RecordingOperation operation, Socket socket) => owner.TrySubmit(
        operation, SyscallNumber.RecvFrom, EntryFlags.Multishot | EntryFlags.ProvidedBuffer, argument0: (long)socket.Handle);

    private static unsafe byte FirstByteOf(SyscallLoop owner, ushort bufferId) => *owner.Buffers.AddressOf(bufferId);

    private sealed class Resume(Action onBuffers) : IBufferWaiter
    {
        public void OnBuffersAvailable() => onBuffers();
    }

    private sealed class SocketPair : IDisposable
    {
        public SocketPair()
        {
            using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            listener.Listen();
            There = new Socket(SocketType.Stream, ProtocolType.Tcp);
            There.Connect(listener.LocalEndPoint!);
            Here = listener.Accept();
        }

        public Socket Here { get; }

        public Socket There { get; }

        public void Dispose()
        {
            Here.Dispose();
            There.Dispose();
        }
    }
}
