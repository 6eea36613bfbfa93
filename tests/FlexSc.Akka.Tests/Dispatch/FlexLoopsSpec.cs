using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

public sealed class FlexLoopsSpec : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly LeftBehind _leftBehind = new();

    public void Dispose() => _leftBehind.AssertNothing([]);

    [Fact]
    public async Task Work_runs_on_the_loop_that_was_asked_for_and_its_awaits_stay_there()
    {
        using ActorSystem system = Create();
        for (int index = 0; index < 2; index++)
        {
            (SyscallLoop before, SyscallLoop? after, long result) = await FlexLoops.RunAsync(system, index, async loop =>
            {
                long processId = await loop.SubmitAsync(SyscallNumber.GetPid);
                return (loop, SyscallLoop.Current, processId);
            });
            Assert.EndsWith($"-{index}", before.Name, StringComparison.Ordinal);
            Assert.Same(before, after);
            Assert.Equal(Environment.ProcessId, result);
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => FlexLoops.RunAsync(system, 2, _ => Task.FromResult(0)));
        await Assert.ThrowsAsync<DivideByZeroException>(() => FlexLoops.RunAsync<int>(system, _ => throw new DivideByZeroException()));
        await system.Terminate();
    }

    [Fact]
    public async Task The_end_of_the_loops_is_told_and_nothing_runs_on_them_after()
    {
        using ActorSystem system = Create();
        SyscallLoop loop = await FlexLoops.RunAsync(system, Task.FromResult);
        Task ended = FlexLoops.WhenEnded(system);
        Assert.False(ended.IsCompleted);

        await system.Terminate();
        await ended.WaitAsync(Deadline);
        Assert.True(loop.Ended.IsCompletedSuccessfully);
        await Assert.ThrowsAsync<InvalidOperationException>(() => FlexLoops.RunAsync(system, Task.FromResult));
    }

    private static ActorSystem Create() => ActorSystem.Create("loops", ConfigurationFactory.ParseString("flexsc.loops { count = 2, pin = off }"));
}
