using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Cancellation, and a loop that ends with calls in flight.</content>
public abstract partial class ConformanceTests
{
    [SkippableFact]
    public async Task A_cancelled_call_and_its_cancellation_both_complete()
    {
        LoopUnderTest loop = Start();
        Peer listener = Listen();
        RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, EntryFlags.Multishot, (long)listener.Handle);
        Assert.Equal(0, await loop.CancelAsync(accept));
        Assert.Equal(-ErrnoCanceled, await accept.Result);
        Assert.Single(accept.Completions);
        Assert.Equal(-ErrnoNoEntry, await loop.CancelAsync(accept));
    }

    [SkippableFact]
    public async Task A_call_and_its_cancellation_may_leave_in_one_batch()
    {
        const int Rounds = 500;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(8);
        for (int i = 0; i < Rounds; i++)
        {
            RecordingOperation receive = new();
            RecordingOperation cancel = new();
            await loop.Loop.RunAsync(owner => owner.TrySubmit(receive, SyscallNumber.RecvFrom, EntryFlags.None, here, memory.Address, memory.Length)
                && owner.TryCancel(receive, cancel));
            Assert.Equal(-ErrnoCanceled, await receive.Result);
            Assert.Contains(await cancel.Result, new[] { 0, -ErrnoAlready });
            Assert.Single(receive.Completions);
        }

        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_cancellation_that_races_with_data_loses_neither_bytes_nor_completions()
    {
        const int Rounds = 500;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(8);
        long received = 0;
        for (int i = 0; i < Rounds; i++)
        {
            RecordingOperation receive = await loop.SubmitAsync(
                SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: memory.Length);
            Task<int> sending = Task.Run(() => there.Send("x"u8));
            Assert.Contains(await loop.CancelAsync(receive), new[] { 0, -ErrnoNoEntry, -ErrnoAlready });
            long result = await receive.Result;
            Assert.True(result is > 0 or -ErrnoCanceled, $"the receive answered {result}");
            received += Math.Max(0, result);
            await sending;
        }

        while (received < Rounds)
        {
            received += await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, memory.Length);
        }

        Assert.Equal(Rounds, received);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task Only_the_cancelled_one_of_several_waiting_calls_ends()
    {
        const int Waiting = 5;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(Waiting);
        List<RecordingOperation> receives = [];
        for (int i = 0; i < Waiting; i++)
        {
            receives.Add(await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address + i, argument2: 1));
        }

        foreach (int cancelled in new[] { 2, 0, 4 })
        {
            Assert.Equal(0, await loop.CancelAsync(receives[cancelled]));
            Assert.Equal(-ErrnoCanceled, await receives[cancelled].Result);
        }

        there.Send("ab"u8);
        Assert.Equal(1, await receives[1].Result);
        Assert.Equal(1, await receives[3].Result);
        Assert.Equal((byte)'a' + (byte)'b', memory.Span[1] + memory.Span[3]);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_cancelled_send_tells_what_it_has_sent()
    {
        const int Bytes = 16 * 1024 * 1024;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(Bytes);
        RecordingOperation send = await loop.SubmitAsync(
            SyscallNumber.SendTo, argument0: here, argument1: memory.Address, argument2: Bytes, argument3: MessageWaitAll);

        // It has begun when a byte is here, and cannot end while no more are taken.
        Assert.Equal(1, there.Receive(new byte[1]));
        Assert.Contains(await loop.CancelAsync(send), new[] { 0, -ErrnoAlready });
        long sent = await send.Result;
        Assert.InRange(sent, 1, Bytes - 1);

        await CloseAsync(loop, here);
        long received = 1;
        byte[] target = new byte[64 * 1024];
        for (int part = 1; part > 0; received += part)
        {
            part = there.Receive(target);
        }

        Assert.Equal(sent, received);
    }

    [SkippableFact]
    public async Task A_connect_in_progress_can_be_cancelled()
    {
        const int Connects = 8;
        LoopUnderTest loop = Start();
        Peer listener = Listen(backlog: 0);
        PinnedBytes address = AddressOf(listener);
        List<long> sockets = [];
        List<RecordingOperation> connects = [];
        for (int i = 0; i < Connects; i++)
        {
            sockets.Add(await NewSocketAsync(loop));
            connects.Add(await loop.SubmitAsync(
                SyscallNumber.Connect, argument0: sockets[i], argument1: address.Address, argument2: address.Length));
        }

        // The backlog takes one or two; the others' next attempt is a second away.
        Assert.Equal(0, await await Task.WhenAny(connects.Select(connect => connect.Result)));
        int cancelled = 0;
        foreach (RecordingOperation connect in connects)
        {
            long answer = await loop.CancelAsync(connect);
            long result = await connect.Result;
            Assert.True(
                answer switch { 0 => result == -ErrnoCanceled, -ErrnoNoEntry => result == 0, _ => result is 0 or -ErrnoCanceled },
                $"the cancellation answered {answer}, the connect {result}");
            cancelled += result == -ErrnoCanceled ? 1 : 0;
        }

        Assert.InRange(cancelled, 1, Connects - 1);
        foreach (long socket in sockets)
        {
            await CloseAsync(loop, socket);
        }
    }

    [SkippableFact]
    public async Task A_call_that_a_thread_has_begun_is_interrupted_and_one_that_waits_for_a_thread_is_taken_back()
    {
        RequireRealKernel("locks of files are not modelled");
        const int flock = 73;
        const int lockExclusive = 2;
        const int unlock = 8;
        LoopUnderTest loop = Start(new SyscallLoopOptions { WaitingThreads = 1 });
        string path = NewTemporaryPath();
        using FileStream holder = new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, 1, FileOptions.DeleteOnClose);
        using FileStream waiter = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        long held = holder.SafeFileHandle.DangerousGetHandle();
        long waiting = waiter.SafeFileHandle.DangerousGetHandle();
        await loop.CallAsync(flock, waiting, unlock);
        Assert.Equal(0, await loop.CallAsync(flock, held, lockExclusive));
        RecordingOperation begun = await loop.SubmitAsync(flock, argument0: waiting, argument1: lockExclusive);
        RecordingOperation next = await loop.SubmitAsync(flock, argument0: waiting, argument1: lockExclusive);
        Assert.Equal(0, await loop.CancelAsync(next));
        Assert.Equal(-ErrnoCanceled, await next.Result);

        long answer = await loop.CancelAsync(begun);
        while (answer == 0)
        {
            // The thread had not begun.
            Assert.Equal(-ErrnoCanceled, await begun.Result);
            begun = await loop.SubmitAsync(flock, argument0: waiting, argument1: lockExclusive);
            answer = await loop.CancelAsync(begun);
        }

        Assert.Equal(-ErrnoAlready, answer);
        Assert.Equal(-ErrnoCanceled, await begun.Result);
        Assert.Equal(-ErrnoNoEntry, await loop.CancelAsync(begun));
        Assert.Equal(0, await loop.CallAsync(flock, held, unlock));
        Assert.Equal(0, await loop.CallAsync(flock, waiting, unlock));
    }

    [SkippableFact]
    public async Task An_open_that_waits_ends_once_cancelled_or_not()
    {
        RequireRealKernel("named pipes are not modelled");
        const long atCurrent = -100;

        // With O_CREAT, although it is there: io_uring tries an open without it in a way that a FIFO answers at once.
        const long createWriteOnly = 0x41 | CloseOnExec;
        LoopUnderTest loop = Start();
        string path = NewTemporaryPath();
        PinnedBytes fifo = PathOf(path);
        Assert.Equal(0, MakeFifo(path));
        try
        {
            // To open one end of it waits for the other.
            RecordingOperation open = await loop.SubmitAsync(SyscallNumber.OpenAt,
                argument0: atCurrent, argument1: fifo.Address, argument2: createWriteOnly, argument3: 0b110_000_000);
            Assert.Contains(await loop.CancelAsync(open), new[] { 0, -ErrnoAlready, -ErrnoNoEntry });
            using FileStream reader = await Task.Run(() => new FileStream(path, FileMode.Open, FileAccess.ReadWrite));
            long result = await open.Result;
            Assert.True(result is >= 0 or -ErrnoCanceled or -ErrnoInterrupted, $"openat answered {result}");
            Assert.Single(open.Completions);
            if (result >= 0)
            {
                await CloseAsync(loop, result);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [SkippableFact]
    public async Task A_loop_that_ends_completes_every_call_in_flight_once()
    {
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        (long full, Peer slow) = await AcceptAsync(loop);
        (int readEnd, int writeEnd) = _host.Pipe();
        Peer listener = Listen();
        PinnedBytes memory = new(16 * 1024 * 1024);
        List<RecordingOperation> calls =
        [
            await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, here),
            await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 8),
            await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 8, argument3: MessageWaitAll),
            await loop.SubmitAsync(SyscallNumber.Read, argument0: readEnd, argument1: memory.Address, argument2: 8),
            await loop.SubmitAsync(SyscallNumber.Accept4, EntryFlags.Multishot, (long)listener.Handle),
            await loop.SubmitAsync(FlexScAbi.NumberPoll, argument0: readEnd, argument1: PollIn),
        ];
        RecordingOperation send = await loop.SubmitAsync(
            SyscallNumber.SendTo, argument0: full, argument1: memory.Address, argument2: memory.Length, argument3: MessageWaitAll);
        Assert.Equal(1, slow.Receive(new byte[1]));

        loop.EndNow();
        Assert.All(calls, call => Assert.Equal(-ErrnoCanceled, Assert.Single(call.Completions).Result));
        Assert.InRange(Assert.Single(send.Completions).Result, 1, memory.Length - 1);
        foreach (int descriptor in new[] { (int)here, (int)full, readEnd, writeEnd })
        {
            Assert.Equal(0, _host.Close(descriptor));
        }
    }

    private static int MakeFifo(string path)
    {
        const int mknodat = 259;
        const long fifoForOwner = 0x1000 | 0b110_000_000;
        return (int)RawSystemCall.Invoke(mknodat, -100, PathOf(path).Address, fifoForOwner);
    }
}
