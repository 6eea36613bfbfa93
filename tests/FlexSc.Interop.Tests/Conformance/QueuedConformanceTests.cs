using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>What backends promise that keep the calls on a descriptor in a queue of their own: syscall-threads and kernel-module.</summary>
public abstract class QueuedConformanceTests(LoopVariant variant, ConformanceHost? host = null) : ConformanceTests(variant, host)
{
    private const int NumberCloseRange = 436;

    [SkippableFact]
    public async Task Calls_that_wait_on_one_descriptor_are_served_in_their_order()
    {
        const int Waiting = 20;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(Waiting);
        List<RecordingOperation> receives = [];
        for (int i = 0; i < Waiting; i++)
        {
            receives.Add(await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address + i, argument2: 1));
        }

        byte[] sent = new byte[Waiting];
        new Random(1).NextBytes(sent);
        there.Send(sent);
        foreach (RecordingOperation receive in receives)
        {
            Assert.Equal(1, await receive.Result);
        }

        Assert.Equal(sent, memory.Span.ToArray());
        await CloseAsync(loop, here);
    }

    [SkippableFact]
    public async Task A_close_ends_what_waits_on_its_descriptor()
    {
        LoopUnderTest loop = Start();
        (long here, _) = await AcceptAsync(loop);
        RecordingOperation receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, here);
        await CloseAsync(loop, here);
        Assert.Equal(-ErrnoCanceled, await receive.Result);
    }

    [SkippableTheory]
    [InlineData(33, 0)] // dup2
    [InlineData(292, CloseOnExec)] // dup3
    public async Task A_descriptor_that_is_replaced_ends_what_waits_on_it(int number, long flags)
    {
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        (long other, Peer toOther) = await AcceptAsync(loop);
        PinnedBytes memory = new(1);
        RecordingOperation multishot = await loop.SubmitAsync(SyscallNumber.RecvFrom, MultishotReceive, here);
        RecordingOperation single = await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 1);
        toOther.Send("x"u8);
        if (RawSystemCall.IsThere(number))
        {
            Assert.Equal(here, await loop.CallAsync(number, other, here, flags));
        }
        else
        {
            // arm64 has no dup2: nothing happens, and dup3 does it.
            Assert.Equal(-ErrnoNoSystemCall, await loop.CallAsync(number, other, here, flags));
            Assert.False(multishot.HasEnded || single.HasEnded);
            Assert.Equal(here, await loop.CallAsync(SyscallNumber.Dup3, other, here, CloseOnExec));
        }

        Assert.Equal(-ErrnoCanceled, await multishot.Result);
        Assert.Equal(-ErrnoCanceled, await single.Result);

        // What was there for the number's next owner is there still.
        Assert.Equal(1, await loop.CallAsync(SyscallNumber.RecvFrom, here, memory.Address, 1));
        await CloseAsync(loop, here);
        await CloseAsync(loop, other);
    }

    [SkippableFact]
    public async Task A_range_that_is_closed_ends_what_waits_on_it_and_one_that_is_closed_on_exec_does_not()
    {
        const int closeOnExec = 4;
        LoopUnderTest loop = Start();
        (long here, Peer there) = await AcceptAsync(loop);
        PinnedBytes memory = new(1);
        RecordingOperation receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 1);
        Assert.Equal(0, await loop.CallAsync(NumberCloseRange, here, here, closeOnExec));
        there.Send("x"u8);
        Assert.Equal(1, await receive.Result);

        receive = await loop.SubmitAsync(SyscallNumber.RecvFrom, argument0: here, argument1: memory.Address, argument2: 1);
        Assert.Equal(0, await loop.CallAsync(NumberCloseRange, here, here));
        Assert.Equal(-ErrnoCanceled, await receive.Result);
        Assert.Equal(0, there.Receive(new byte[1]));
    }
}
