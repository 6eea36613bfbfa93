using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Backends.Simulated;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Simulated;

/// <summary>
/// Cancellations that answer that they did not reach the call, which is in flight all the same: who asks asks once, and the loop goes on
/// asking.
/// </summary>
public sealed class UnreachedCancellationTests
{
    private const int Seeds = 20;

    /// <summary>Most of them are not reached, so that a call is asked for several times.</summary>
    private static readonly SimulationProfile Profile = SimulationProfile.Calm with { UnreachedPerMillion = 700_000 };

    [Fact]
    public async Task A_call_that_was_not_reached_is_asked_again_until_it_has_ended()
    {
        int unreached = 0;
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            (SyscallLoop loop, RecordingOperation receive) = await StartReceivingAsync(seed);
            RecordingOperation cancel = new();
            Assert.True(await loop.RunAsync(owner => owner.TryCancel(receive, cancel)));
            long answer = await cancel.Result;
            Assert.Contains(answer, new long[] { 0, -Errno.Already, -Errno.NoEntry });
            unreached += answer < 0 ? 1 : 0;
            Assert.Equal(-Errno.Canceled, await receive.Result);
            loop.Dispose();
        }

        Assert.InRange(unreached, 1, Seeds - 1);
    }

    [Fact]
    public async Task So_is_one_where_nobody_waits_for_the_answer()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            (SyscallLoop loop, RecordingOperation receive) = await StartReceivingAsync(seed);
            await loop.RunAsync(owner =>
            {
                owner.RequestCancellation(receive);
                return true;
            });
            Assert.Equal(-Errno.Canceled, await receive.Result);
            loop.Dispose();
        }
    }

    [Fact]
    public async Task A_loop_that_stops_asks_until_all_have_ended()
    {
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            (SyscallLoop loop, RecordingOperation receive) = await StartReceivingAsync(seed);
            await Task.Run(loop.Dispose).WaitAsync(LoopFixture.Deadline);
            Assert.Equal(-Errno.Canceled, await receive.Result);
        }
    }

    /// <summary>A loop with a receive in flight that nothing comes for.</summary>
    private static async Task<(SyscallLoop Loop, RecordingOperation Receive)> StartReceivingAsync(ulong seed)
    {
        SimulatedKernel kernel = new(seed, Profile);
        SimulatedProcess process = kernel.StartProcess("test");
        SyscallLoop loop;
        LoopEnvironment.Ambient = new LoopEnvironment(kernel.Clock, (pages, tokens, buffers, given) => new UnreachingCancellations(
            new ReadinessBackend(
                pages, tokens, buffers, given.CompletionSlots, new SimulatedAttempts(process, pages.EntryCount, holdsThread: true)),
            pages, tokens, kernel));
        try
        {
            loop = SyscallLoop.Start(new SyscallLoopOptions(), "test-loop");
        }
        finally
        {
            LoopEnvironment.Ambient = LoopEnvironment.Real;
        }

        long socket;
        lock (kernel.Gate)
        {
            socket = new SimulatedProgram(process).NewSocket(SimulatedProgram.Datagram);
        }

        RecordingOperation receive = new();
        Assert.True(await loop.RunAsync(owner => owner.TryReceive(receive, (int)socket)));
        return (loop, receive);
    }
}
