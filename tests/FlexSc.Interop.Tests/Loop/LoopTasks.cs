using FlexSc.Interop.Loop;

namespace FlexSc.Interop.Tests.Loop;

internal static class LoopTasks
{
    /// <summary>Runs thread-style work without a result on the loop's thread.</summary>
    public static Task AwaitAsync(this SyscallLoop loop, Func<SyscallLoop, Task> work) =>
        loop.AwaitAsync<bool>(async owner =>
        {
            await work(owner);
            return true;
        });
}
