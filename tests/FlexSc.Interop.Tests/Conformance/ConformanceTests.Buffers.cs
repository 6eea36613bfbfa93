using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Provided buffers, and more completions than there is room for.</content>
public abstract partial class ConformanceTests
{
    [SkippableFact]
    public async Task A_multishot_receive_fills_buffers_until_none_is_left_and_goes_on_when_one_returns()
    {
        const int Buffers = 2;
        using SemaphoreSlim received = new(0);
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = Buffers, BufferBytes = 64 });
        (long here, Peer there) = await AcceptAsync(loop);
        RecordingOperation receive = new() { Then = (_, _) => received.Release() };
        await loop.SubmitAsync(receive, SyscallNumber.RecvFrom, MultishotReceive, here);
        for (int i = 0; i < Buffers; i++)
        {
            there.Send(new byte[] { (byte)i });
            Assert.True(await received.WaitAsync(LoopFixture.Deadline));
        }

        there.Send("!"u8);
        Assert.Equal(-ErrnoNoBuffers, await receive.Result);
        Assert.Equal(0, await loop.Loop.RunAsync(owner => owner.Buffers.Available));
        for (int i = 0; i < Buffers; i++)
        {
            Assert.True(receive.Completions[i].HasBuffer);
            Assert.Equal(1, receive.Completions[i].Result);
            Assert.Equal(i, await loop.Loop.RunAsync(owner => FirstByteOf(owner, receive.Completions[i].BufferId)));
        }

        TaskCompletionSource<long> resumed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RecordingOperation again = new()
        {
            Then = (owner, completion) =>
            {
                if (completion.HasBuffer)
                {
                    resumed.TrySetResult(FirstByteOf(owner, completion.BufferId));
                    owner.Buffers.Return(completion.BufferId);
                }
            },
        };
        await loop.Loop.RunAsync(owner =>
        {
            owner.Buffers.Await(new Resume(() => owner.TrySubmit(again, SyscallNumber.RecvFrom, MultishotReceive, here)));
            return 0;
        });

        // From a foreign thread, while the loop is parked or about to park.
        loop.Loop.Buffers.Return(receive.Completions[0].BufferId);
        Assert.Equal('!', await resumed.Task.WaitAsync(LoopFixture.Deadline));
        Assert.Throws<InvalidOperationException>(() => loop.Loop.Buffers.Return(Buffers + 1));

        loop.Loop.Buffers.Return(receive.Completions[1].BufferId);

        // It waits for more. Not so on Linux 6.1, which looks for a buffer first and ends a receive that took the last one.
        long cancelled = await loop.CancelAsync(again);
        Assert.True(
            cancelled == 0 || (cancelled == -ErrnoNoEntry && await again.Result == -ErrnoNoBuffers),
            $"the cancellation answered {cancelled}, and the receive {again.Completions[^1].Result}");
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_single_receive_takes_a_provided_buffer_when_data_comes()
    {
        const int BufferBytes = 64;
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = 1, BufferBytes = BufferBytes });
        (long first, Peer toFirst) = await AcceptAsync(loop);
        (long second, Peer toSecond) = await AcceptAsync(loop);

        // Both wait, and there is one buffer: who waits holds none.
        RecordingOperation onFirst = await loop.SubmitAsync(SyscallNumber.RecvFrom, EntryFlags.ProvidedBuffer, first);
        RecordingOperation onSecond = await loop.SubmitAsync(SyscallNumber.RecvFrom, EntryFlags.ProvidedBuffer, second);
        toSecond.Send(new byte[BufferBytes * 2]);
        Assert.Equal(BufferBytes, await onSecond.Result);
        Assert.True(onSecond.Completions[0].HasBuffer);
        toFirst.Send("x"u8);
        Assert.Equal(-ErrnoNoBuffers, await onFirst.Result);
        Assert.False(onFirst.Completions[0].HasBuffer);
        ReturnBuffers(loop, onSecond);

        RecordingOperation rest = await loop.SubmitAsync(SyscallNumber.RecvFrom, EntryFlags.ProvidedBuffer, second);
        Assert.Equal(BufferBytes, await rest.Result);
        ReturnBuffers(loop, rest);
        await CloseAsync(loop, first);
        await CloseAsync(loop, second);
    }

    [SkippableFact]
    public async Task Giving_a_buffer_back_twice_is_refused()
    {
        using SemaphoreSlim received = new(0);
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        RecordingOperation receive = new() { Then = (_, _) => received.Release() };
        await loop.SubmitAsync(receive, SyscallNumber.RecvFrom, MultishotReceive, here);
        there.Send("x"u8);
        Assert.True(await received.WaitAsync(LoopFixture.Deadline));

        ushort bufferId = receive.Completions[0].BufferId;
        loop.Loop.Buffers.Return(bufferId);
        Assert.Throws<InvalidOperationException>(() => loop.Loop.Buffers.Return(bufferId));
        Assert.Equal(loop.Loop.Buffers.Count, await loop.Loop.RunAsync(owner => owner.Buffers.Available));
        Assert.Equal(0, await loop.CancelAsync(receive));
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task More_completions_than_there_is_room_for_are_neither_lost_nor_reordered()
    {
        const int Datagrams = 200;
        LoopUnderTest loop = Start(new SyscallLoopOptions { SubmissionSlots = 4, CompletionSlots = 8, CompletionsPerTurn = 4 });
        Peer here = Keep(_host.NewDatagram());
        Peer there = Keep(_host.NewDatagram());
        here.Bind();
        there.Connect(here);
        List<int> received = [];
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        RearmingReceive rearming = new((long)here.Handle, Datagrams, received, all);
        await loop.SubmitAsync(rearming, SyscallNumber.RecvFrom, MultishotReceive, (long)here.Handle);
        using ManualResetEventSlim sent = new();
        Assert.True(loop.Loop.TryPost(_ => sent.Wait(LoopFixture.Deadline)));
        for (int i = 0; i < Datagrams; i++)
        {
            there.Send(new byte[] { (byte)i });
        }

        // All of them are there before the loop collects the first.
        sent.Set();
        await all.Task.WaitAsync(LoopFixture.Deadline);
        Assert.Equal(Enumerable.Range(0, Datagrams).Select(i => (int)(byte)i), received);
        await loop.CancelAsync(rearming);
    }

    [SkippableFact]
    public async Task A_busy_connection_does_not_keep_another_one_waiting()
    {
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = 4, BufferBytes = 64 });
        (long busy, Peer toBusy) = await AcceptAsync(loop);
        (long quiet, Peer toQuiet) = await AcceptAsync(loop);
        using CancellationTokenSource stop = new();
        Task flood = Task.Run(() =>
        {
            byte[] data = new byte[256 * 1024];
            while (!stop.IsCancellationRequested)
            {
                toBusy.Send(data);
            }
        });
        RearmingReceive draining = new(busy, int.MaxValue, null, null);
        await loop.SubmitAsync(draining, SyscallNumber.RecvFrom, MultishotReceive, busy);
        PinnedBytes memory = new(8);
        for (int i = 0; i < 200; i++)
        {
            RecordingOperation receive = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: quiet, argument1: memory.Address, argument2: memory.Length);
            toQuiet.Send("x"u8);
            Assert.Equal(1, await receive.Result);
        }

        Assert.False(flood.IsCompleted);
        await stop.CancelAsync();
        await flood;
        toBusy.Dispose();
        await draining.Ended.WaitAsync(LoopFixture.Deadline);
        await CloseAsync(loop, busy);
        await CloseAsync(loop, quiet);
    }

    private static unsafe byte FirstByteOf(SyscallLoop owner, ushort bufferId) => *owner.Buffers.AddressOf(bufferId);

    private sealed class Resume(Action onBuffers) : IBufferWaiter
    {
        public void OnBuffersAvailable() => onBuffers();
    }

    /// <summary>A multishot receive that begins again when it ends for want of room; keeps the first byte of each completion.</summary>
    private sealed class RearmingReceive(long descriptor, int expected, List<int>? received, TaskCompletionSource? all)
        : SyscallOperation, IBufferWaiter
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private SyscallLoop? _loop;

        /// <summary>Completes with the end of the stream or a cancellation.</summary>
        public Task Ended => _ended.Task;

        public void OnBuffersAvailable() => Begin(_loop!);

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            _loop = loop;
            if (completion.HasBuffer)
            {
                received?.Add(FirstByteOf(loop, completion.BufferId));
                loop.Buffers.Return(completion.BufferId);
                if (received?.Count == expected)
                {
                    all?.TrySetResult();
                }
            }

            if (!completion.IsTerminal)
            {
                return;
            }

            if (completion.Result > 0)
            {
                Begin(loop);
            }
            else if (completion.Result == -ErrnoNoBuffers)
            {
                loop.Buffers.Await(this);
            }
            else
            {
                _ended.TrySetResult();
            }
        }

        private void Begin(SyscallLoop loop) =>
            Assert.True(loop.TrySubmit(this, SyscallNumber.RecvFrom, MultishotReceive, descriptor));
    }
}
