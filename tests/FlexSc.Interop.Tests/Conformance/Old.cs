using System.Net.Sockets;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>What the syscall-threads backend promises beyond the others.</summary>
public abstract class SyscallThreadsConformanceTests(int syscallThreads)
    : ConformanceTests(new LoopVariant(SyscallBackendKind.SyscallThreads, syscallThreads))
{
    [SkippableFact]
    public async Task Calls_that_wait_on_one_descriptor_are_served_in_their_order()
    {
        const int Waiting = 20;
        LoopUnderTest loop = Start();
        (long here, Socket there) = await AcceptAsync(loop);
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
        const long errnoCanceled = 125;
        Assert.Equal(-errnoCanceled, await receive.Result);
    }
}
