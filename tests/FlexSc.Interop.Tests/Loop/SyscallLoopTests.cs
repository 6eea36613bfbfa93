using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Abi;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

public sealed class SyscallLoopTests
{
    private const long ErrnoNotPermitted = 1;
    private const long ErrnoNoEntry = 2;
    private const long ErrnoBadDescriptor = 9;
    private const long ErrnoInvalid = 22;
    private const long ErrnoNoSystemCall = 38;
    private const long ErrnoCanceled = 125;

    [SkippableFact]
    public async Task A_batch_leaves_in_one_trap()
    {
        using SyscallLoop loop = LoopFixture.Start();
        RecordingOperation[] operations = Enumerable.Range(0, 64).Select(_ => new RecordingOperation()).ToArray();
        long before = await loop.RunAsync(owner =>
        {
            Assert.All(operations, operation => Assert.True(owner.TrySubmit(operation, FlexScAbi.NumberNop)));
            return owner.Traps;
        });
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(0, await operation.Result);
        }

        // One trap for the batch; at most one more for a wake-up and one for the wait that followed.
        long after = await loop.RunAsync(owner => owner.Traps);
        Assert.InRange(after - before, 1, 3);
        Assert.Equal(0, await loop.RunAsync(owner => owner.UsedEntries));
    }

    [SkippableFact]
    public async Task Bytes_go_through_a_socket_by_page_entries()
    {
        using SyscallLoop loop = LoopFixture.Start();
        using Socket listener = Listen();
        RecordingOperation accept = new();
        await loop.RunAsync(owner => owner.TrySubmit(accept, SyscallNumber.Accept4, argument0: (long)listener.Handle));
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listener.LocalEndPoint!);
        long connection = await accept.Result;
        Assert.True(connection >= 0);

        byte[] memory = GC.AllocateArray<byte>(16, pinned: true);
        RecordingOperation receive = new();
        await loop.RunAsync(owner => owner.TrySubmit(receive, SyscallNumber.RecvFrom,
            argument0: connection, argument1: AddressOf(memory), argument2: memory.Length));
        await client.SendAsync("ping"u8.ToArray());
        Assert.Equal(4, await receive.Result);
        Assert.Equal("ping"u8, memory.AsSpan(0, 4));

        RecordingOperation send = new();
        await loop.RunAsync(owner => owner.TrySubmit(send, SyscallNumber.SendTo,
            argument0: connection, argument1: AddressOf(memory), argument2: 4));
        Assert.Equal(4, await send.Result);
        byte[] echoed = new byte[4];
        Assert.Equal(4, await client.ReceiveAsync(echoed));
        Assert.Equal("ping"u8, echoed);

        RecordingOperation close = new();
        await loop.RunAsync(owner => owner.TrySubmit(close, SyscallNumber.Close, argument0: connection));
        Assert.Equal(0, await close.Result);
        Assert.Equal(0, await client.ReceiveAsync(echoed));
    }

    [SkippableFact]
    public async Task A_cancelled_call_and_its_cancellation_both_complete()
    {
        using SyscallLoop loop = LoopFixture.Start();
        using Socket listener = Listen();
        RecordingOperation accept = new();
        RecordingOperation cancel = new();
        await loop.RunAsync(owner => owner.TrySubmit(accept, SyscallNumber.Accept4, EntryFlags.Multishot, argument0: (long)listener.Handle));
        await loop.RunAsync(owner => owner.TryCancel(accept, cancel));

        Assert.Equal(0, await cancel.Result);
        Assert.Equal(-ErrnoCanceled, await accept.Result);

        RecordingOperation again = new();
        await loop.RunAsync(owner => owner.TryCancel(accept, again));
        Assert.Equal(-ErrnoNoEntry, await again.Result);
    }

    [SkippableFact]
    public async Task A_multishot_accept_completes_for_every_connection()
    {
        using SyscallLoop loop = LoopFixture.Start();
        using Socket listener = Listen();
        using SemaphoreSlim accepted = new(0);
        RecordingOperation accept = new() { Then = (_, _) => accepted.Release() };
        await loop.RunAsync(owner => owner.TrySubmit(accept, SyscallNumber.Accept4, EntryFlags.Multishot, argument0: (long)listener.Handle));
        for (int i = 0; i < 3; i++)
        {
            using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndPoint!);
            Assert.True(await accepted.WaitAsync(LoopFixture.Deadline));
        }

        RecordingOperation cancel = new();
        await loop.RunAsync(owner => owner.TryCancel(accept, cancel));
        Assert.Equal(-ErrnoCanceled, await accept.Result);
        List<Completion> connections = accept.Completions[..^1];
        Assert.Equal(3, connections.Count);
        foreach (Completion connection in connections)
        {
            Assert.False(connection.IsTerminal);
            RecordingOperation close = new();
            await loop.RunAsync(owner => owner.TrySubmit(close, SyscallNumber.Close, argument0: connection.Result));
            Assert.Equal(0, await close.Result);
        }
    }

    [SkippableTheory]
    [InlineData(SyscallNumber.Close, EntryFlags.None, ErrnoBadDescriptor)]
    [InlineData(SyscallNumber.Read, EntryFlags.Multishot, ErrnoInvalid)]
    [InlineData(FlexScAbi.NumberBase + 0xff, EntryFlags.None, ErrnoNoSystemCall)]
    [InlineData(60, EntryFlags.None, ErrnoNotPermitted)] // exit(2) would end the thread that executes it
    public async Task A_call_that_cannot_be_served_completes_with_its_errno(int number, EntryFlags flags, long errorNumber)
    {
        using SyscallLoop loop = LoopFixture.Start();
        RecordingOperation operation = new();
        await loop.RunAsync(owner => owner.TrySubmit(operation, number, flags, argument0: int.MaxValue));

        Assert.Equal(-errorNumber, await operation.Result);
        Assert.Equal(0, await loop.RunAsync(owner => owner.UsedEntries));
    }

    [SkippableFact]
    public async Task Any_call_can_be_submitted_by_number()
    {
        using SyscallLoop loop = LoopFixture.Start();
        RecordingOperation[] operations = Enumerable.Range(0, 50).Select(_ => new RecordingOperation()).ToArray();
        await loop.RunAsync(owner =>
        {
            Assert.All(operations, operation => Assert.True(owner.TrySubmit(operation, SyscallNumber.GetPid)));
            return 0;
        });
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(Environment.ProcessId, await operation.Result);
        }

        // dup answers at once, so the loop executes it; flock may wait, so a companion thread does.
        const int dup = 32;
        const int flock = 73;
        const int lockShared = 1;
        foreach (int number in new[] { dup, flock })
        {
            RecordingOperation failing = new();
            await loop.RunAsync(owner => owner.TrySubmit(failing, number, argument0: int.MaxValue, argument1: lockShared));
            Assert.Equal(-ErrnoBadDescriptor, await failing.Result);
        }
    }

    [SkippableFact]
    public async Task A_full_page_set_refuses_and_takes_again_after_completions()
    {
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { Pages = 1, SubmissionSlots = 16 });
        List<RecordingOperation> operations = [];
        await loop.RunAsync(owner =>
        {
            RecordingOperation next = new();
            while (owner.TrySubmit(next, FlexScAbi.NumberNop))
            {
                operations.Add(next);
                next = new RecordingOperation();
            }

            return 0;
        });
        Assert.Equal(FlexScAbi.EntriesPerPage, operations.Count);
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(0, await operation.Result);
        }

        Assert.True(await loop.RunAsync(owner => owner.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop)));
    }

    public static TheoryData<SyscallLoopOptions, string> OptionsOutOfRange => new()
    {
        { new SyscallLoopOptions { Pages = 0 }, nameof(SyscallLoopOptions.Pages) },
        { new SyscallLoopOptions { Pages = FlexScAbi.MaxPages + 1 }, nameof(SyscallLoopOptions.Pages) },
        { new SyscallLoopOptions { SubmissionSlots = 100 }, nameof(SyscallLoopOptions.SubmissionSlots) },
        { new SyscallLoopOptions { CompletionSlots = 256 }, nameof(SyscallLoopOptions.CompletionSlots) },
        { new SyscallLoopOptions { CompanionThreads = 0 }, nameof(SyscallLoopOptions.CompanionThreads) },
        { new SyscallLoopOptions { CompletionsPerTurn = 0 }, nameof(SyscallLoopOptions.CompletionsPerTurn) },
        { new SyscallLoopOptions { PostedWorkPerTurn = 0 }, nameof(SyscallLoopOptions.PostedWorkPerTurn) },
        { new SyscallLoopOptions { PostedWorkLimit = 0 }, nameof(SyscallLoopOptions.PostedWorkLimit) },
        { new SyscallLoopOptions { WorkPerTurn = 0 }, nameof(SyscallLoopOptions.WorkPerTurn) },
        { new SyscallLoopOptions { BufferCount = 3 }, nameof(SyscallLoopOptions.BufferCount) },
        { new SyscallLoopOptions { BufferCount = 65_536 }, nameof(SyscallLoopOptions.BufferCount) },
        { new SyscallLoopOptions { BufferBytes = 8 }, nameof(SyscallLoopOptions.BufferBytes) },
        { new SyscallLoopOptions { Cpu = -1 }, nameof(SyscallLoopOptions.Cpu) },
        { new SyscallLoopOptions { Backend = (SyscallBackendKind)3 }, nameof(SyscallLoopOptions.Backend) },
        { new SyscallLoopOptions { SyscallThreads = -1 }, nameof(SyscallLoopOptions.SyscallThreads) },
        { new SyscallLoopOptions { SyscallThreads = SyscallLoopOptions.MaxSyscallThreads + 1 }, nameof(SyscallLoopOptions.SyscallThreads) },
        { new SyscallLoopOptions { SyscallThreads = 1, SyscallThreadCpus = [0, -1] }, nameof(SyscallLoopOptions.SyscallThreadCpus) },
        { new SyscallLoopOptions { SyscallThreadCpus = [0] }, nameof(SyscallLoopOptions.SyscallThreadCpus) },
        { new SyscallLoopOptions { SubmissionPollIdleMs = 0 }, nameof(SyscallLoopOptions.SubmissionPollIdleMs) },
    };

    [Theory]
    [MemberData(nameof(OptionsOutOfRange))]
    public void An_option_out_of_range_is_named(SyscallLoopOptions options, string name)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => SyscallLoop.Start(options, "test-loop"));
        Assert.Equal(name, error.ParamName);
    }

    [SkippableFact]
    public async Task A_loop_whose_queue_is_full_refuses_work_and_still_stops()
    {
        SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { PostedWorkLimit = 2 });
        using ManualResetEventSlim entered = new();
        using ManualResetEventSlim release = new();
        int ran = 0;
        Assert.True(loop.TryPost(_ =>
        {
            entered.Set();
            release.Wait(LoopFixture.Deadline);
        }));
        Assert.True(entered.Wait(LoopFixture.Deadline));
        Assert.True(loop.TryPost(_ => ran++));
        Assert.True(loop.TryPost(_ => ran++));
        Assert.False(loop.TryPost(_ => ran++));

        Task disposing = Task.Run(loop.Dispose);
        release.Set();
        await disposing.WaitAsync(LoopFixture.Deadline);
        Assert.Equal(2, ran);
        Assert.False(loop.TryPost(_ => ran++));
    }

    [SkippableFact]
    public void A_foreign_thread_is_refused_with_the_remedy()
    {
        using SyscallLoop loop = LoopFixture.Start();
        InvalidOperationException error = Assert.Throws<InvalidOperationException>(
            () => loop.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop));
        Assert.Contains("TryPost", error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task No_wake_up_is_lost_between_posting_and_parking()
    {
        const int RoundTrips = 20_000;
        using SyscallLoop loop = LoopFixture.Start();
        for (int i = 0; i < RoundTrips; i++)
        {
            // Each round trip finds the loop parking or about to park; a lost wake-up ends in the deadline.
            Assert.Equal(i, await loop.RunAsync(_ => i));
        }
    }

    private static Socket Listen()
    {
        Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        listener.Listen(8);
        return listener;
    }

    private static long AddressOf(byte[] pinned) => System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
