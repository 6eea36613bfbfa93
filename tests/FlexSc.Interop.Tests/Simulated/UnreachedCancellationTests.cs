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

    [Fact]
    public void One_that_nothing_reaches_wakes_its_loop_ever_more_seldom()
    {
        const int minuteMs = 60_000;
        const int longestPauseMs = 5_120;
        SimulatedKernel kernel = new(seed: 1, SimulationProfile.Calm with { UnreachedPerMillion = 1_000_000 });
        SimulatedProcess process = kernel.StartProcess("test");
        SimulatedAttempts? attempts = null;
        SyscallLoop loop = Start(kernel, process, made => attempts = made, stepper: static _ => { });
        long socket = NewSocket(kernel, process);
        RecordingOperation receive = new();
        Assert.True(loop.TryPost(owner => Assert.True(owner.TryReceive(receive, (int)socket))));
        Settle();
        Assert.True(loop.TryPost(owner => owner.RequestCancellation(receive)));
        List<int> askedMs = [];
        long submissions = loop.Submissions;
        for (int ms = 0; ms < minuteMs; ms++)
        {
            kernel.Clock.MoveTo(ms * 1_000_000L);
            Settle();
            if (loop.Submissions != submissions)
            {
                submissions = loop.Submissions;
                askedMs.Add(ms);
            }
        }

        Assert.False(receive.HasEnded, "it was reached");
        int[] pausesMs = [.. askedMs.Zip(askedMs.Skip(1), static (before, after) => after - before)];
        for (int i = 0, expectedMs = 10; i < pausesMs.Length; i++, expectedMs = Math.Min(2 * expectedMs, longestPauseMs))
        {
            Assert.InRange(pausesMs[i], expectedMs, expectedMs + 1);
        }

        Assert.InRange(pausesMs[^1], longestPauseMs, longestPauseMs + 1);
        loop.Abandon();

        void Settle()
        {
            while (!loop.IsWaiting || attempts!.IsDue || loop.HasCompletions)
            {
                loop.Step();
            }
        }
    }

    /// <summary>A loop with a receive in flight that nothing comes for.</summary>
    private static async Task<(SyscallLoop Loop, RecordingOperation Receive)> StartReceivingAsync(ulong seed)
    {
        SimulatedKernel kernel = new(seed, Profile);
        SimulatedProcess process = kernel.StartProcess("test");
        SyscallLoop loop = Start(kernel, process, static _ => { });
        long socket = NewSocket(kernel, process);
        RecordingOperation receive = new();
        Assert.True(await loop.RunAsync(owner => owner.TryReceive(receive, (int)socket)));
        return (loop, receive);
    }

    private static SyscallLoop Start(
        SimulatedKernel kernel, SimulatedProcess process, Action<SimulatedAttempts> made, Action<SyscallLoop>? stepper = null)
    {
        LoopEnvironment.Ambient = new LoopEnvironment(
            kernel.Clock,
            (pages, tokens, buffers, given) =>
            {
                SimulatedAttempts attempts = new(process, pages.EntryCount, holdsThread: stepper is null);
                made(attempts);
                return new UnreachingCancellations(
                    new ReadinessBackend(pages, tokens, buffers, given.CompletionSlots, attempts), pages, tokens, kernel);
            },
            stepper);
        try
        {
            return SyscallLoop.Start(new SyscallLoopOptions(), "test-loop");
        }
        finally
        {
            LoopEnvironment.Ambient = LoopEnvironment.Real;
        }
    }

    private static long NewSocket(SimulatedKernel kernel, SimulatedProcess process)
    {
        lock (kernel.Gate)
        {
            return new SimulatedProgram(process).NewSocket(SimulatedProgram.Datagram);
        }
    }
}
