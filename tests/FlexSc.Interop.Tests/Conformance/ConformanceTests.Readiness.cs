using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Descriptors that are no sockets, and waits for readiness.</content>
public abstract partial class ConformanceTests
{
    private const long PollIn = 1;
    private const long PollOut = 4;
    private const long PollHangUp = 0x10;

    [SkippableFact]
    public async Task A_read_of_a_pipe_waits_for_data_and_sees_the_end()
    {
        LoopUnderTest loop = Start();
        (int readEnd, int writeEnd) = _host.Pipe();
        PinnedBytes memory = new(16);
        RecordingOperation read = await loop.SubmitAsync(
            SyscallNumber.Read, argument0: readEnd, argument1: memory.Address, argument2: memory.Length);
        await loop.Loop.RunAsync(_ => 0);
        Assert.False(read.HasEnded);
        PinnedBytes content = new("through"u8);
        Assert.Equal(7, await loop.CallAsync(SyscallNumber.Write, writeEnd, content.Address, content.Length));
        Assert.Equal(7, await read.Result);
        Assert.Equal("through"u8, memory.Span[..7]);

        await CloseAsync(loop, writeEnd);
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Read, readEnd, memory.Address, memory.Length));
        await CloseAsync(loop, readEnd);
    }

    [SkippableFact]
    public async Task A_write_to_a_full_pipe_waits_for_room()
    {
        const int Bytes = 1024 * 1024;
        LoopUnderTest loop = Start();
        (int readEnd, int writeEnd) = _host.Pipe();
        PinnedBytes source = new(Bytes);
        new Random(5).NextBytes(source.Span);
        PinnedBytes target = new(Bytes);
        Task<long> writing = loop.Loop.AwaitAsync(owner => MoveAsync(owner, SyscallNumber.Write, writeEnd, source, Bytes));
        Task<long> reading = loop.Loop.AwaitAsync(owner => MoveAsync(owner, SyscallNumber.Read, readEnd, target, 10_000));
        Assert.Equal(Bytes, await writing);
        Assert.Equal(Bytes, await reading);
        Assert.True(source.Span.SequenceEqual(target.Span));
        await CloseAsync(loop, writeEnd);
        await CloseAsync(loop, readEnd);

        // A call may move a part only; one that moves nothing would be a wait that did not happen.
        static async Task<long> MoveAsync(SyscallLoop owner, int number, int descriptor, PinnedBytes memory, int mostAtOnce)
        {
            long moved = 0;
            for (long part = 1; part > 0 && moved < memory.Length; moved += part)
            {
                part = await owner.SubmitAsync(number, descriptor, memory.Address + moved, Math.Min(mostAtOnce, memory.Length - moved));
            }

            return moved;
        }
    }

    [SkippableFact]
    public async Task A_read_of_an_event_counter_waits_for_a_write()
    {
        const int eventfd2 = 290;
        LoopUnderTest loop = Start();
        long counter = await loop.CallAsync(eventfd2, 0, CloseOnExec);
        PinnedBytes value = new(sizeof(long));
        PinnedBytes three = new(BitConverter.GetBytes(3L));
        RecordingOperation read = await loop.SubmitAsync(SyscallNumber.Read, argument0: counter, argument1: value.Address, argument2: sizeof(long));
        await loop.Loop.RunAsync(_ => 0);
        Assert.False(read.HasEnded);
        Assert.Equal(sizeof(long), await loop.CallAsync(SyscallNumber.Write, counter, three.Address, sizeof(long)));
        Assert.Equal(sizeof(long), await read.Result);
        Assert.Equal(3L, BitConverter.ToInt64(value.Span));
        await CloseAsync(loop, counter);
    }

    [SkippableFact]
    public async Task A_wait_for_readiness_completes_with_the_events_seen()
    {
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        Assert.Equal(PollOut, await loop.CallAsync(FlexScAbi.NumberPoll, here, PollOut));
        RecordingOperation poll = await loop.SubmitAsync(FlexScAbi.NumberPoll, argument0: here, argument1: PollIn);
        RecordingOperation second = await loop.SubmitAsync(FlexScAbi.NumberPoll, argument0: here, argument1: PollIn);
        await loop.Loop.RunAsync(_ => 0);
        Assert.False(poll.HasEnded);
        there.Send("x"u8);
        Assert.Equal(PollIn, await poll.Result);
        Assert.Equal(PollIn, await second.Result);

        // It is ready still: who asks again is answered at once.
        Assert.Equal(PollIn, await loop.CallAsync(FlexScAbi.NumberPoll, here, PollIn));
        RecordingOperation cancelled = await loop.SubmitAsync(FlexScAbi.NumberPoll, argument0: here, argument1: 0);
        Assert.Equal(0, await loop.CancelAsync(cancelled));
        Assert.Equal(-ErrnoCanceled, await cancelled.Result);
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_wait_for_readiness_is_told_of_a_hang_up_unasked()
    {
        LoopUnderTest loop = Start();
        (int readEnd, int writeEnd) = _host.Pipe();
        RecordingOperation poll = await loop.SubmitAsync(FlexScAbi.NumberPoll, argument0: readEnd, argument1: PollIn);
        await loop.Loop.RunAsync(_ => 0);
        Assert.False(poll.HasEnded);
        await CloseAsync(loop, writeEnd);
        Assert.Equal(PollHangUp, await poll.Result & PollHangUp);
        await CloseAsync(loop, readEnd);
    }
}
