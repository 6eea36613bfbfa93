using Akka.Dispatch;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>Thread-style work on a loop, asked for from elsewhere.</summary>
internal static class LoopTasks
{
    /// <summary>Runs asynchronous work on the loop's thread; what it awaits of the loop continues there. From any thread.</summary>
    /// <exception cref="InvalidOperationException">The loop has ended.</exception>
    public static Task<T> RunAsync<T>(this ActorLoop loop, Func<Task<T>> work)
    {
        AsyncWork<T> item = new(loop, work);
        return loop.TrySchedule(item)
            ? item.Result
            : Task.FromException<T>(HasEnded(loop.Loop));
    }

    /// <summary>Waits on the loop's thread without holding it.</summary>
    public static Task DelayAsync(this ActorLoop loop, long delayMs)
    {
        Delay delay = new();
        loop.Loop.StartTimer(delay, delayMs);
        return delay.Passed;
    }

    /// <summary>Cancels a source after a while, unless what it answers is disposed before. On the loop's thread.</summary>
    public static IDisposable CancelAfter(this SyscallLoop loop, CancellationTokenSource source, TimeSpan delay)
    {
        TimeLimit limit = new(loop, source);
        loop.StartTimer(limit, (long)Math.Ceiling(Math.Max(0, delay.TotalMilliseconds)));
        return limit;
    }

    private static InvalidOperationException HasEnded(SyscallLoop loop) => new(
        loop.HasFailed ? $"the loop '{loop.Name}' was ended by an error" : $"the loop '{loop.Name}' has ended with its actor system");

    private sealed class AsyncWork<T>(ActorLoop loop, Func<Task<T>> work) : ILoopWork
    {
        private readonly TaskCompletionSource<T> _result = new(LoopEnvironment.Ambient.CompletedByLoop);

        public Task<T> Result => _result.Task;

        public void Execute() => Run();

        public void Run() => _ = CompleteAsync();

        public void OnNotRun() => _result.SetException(HasEnded(loop.Loop));

        private async Task CompleteAsync()
        {
            try
            {
                _result.SetResult(await work().ConfigureAwait(false));
            }
            catch (Exception exception)
            {
                _result.SetException(exception);
            }
        }
    }

    private sealed class TimeLimit(SyscallLoop loop, CancellationTokenSource source) : LoopTimer, IDisposable
    {
        public void Dispose() => loop.StopTimer(this);

        protected override void OnDue(SyscallLoop loop) => source.Cancel();

        protected override void OnNotDue(SyscallLoop loop) => source.Cancel();
    }

    private sealed class Delay : LoopTimer
    {
        // Not asynchronously: the continuation belongs on the loop, where timers are run after everything else of a turn.
        private readonly TaskCompletionSource _passed = new();

        public Task Passed => _passed.Task;

        protected override void OnDue(SyscallLoop loop) => _passed.SetResult();

        protected override void OnNotDue(SyscallLoop loop) => _passed.SetException(HasEnded(loop));
    }
}
