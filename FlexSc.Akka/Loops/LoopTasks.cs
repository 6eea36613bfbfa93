using Akka.Dispatch;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.Loops;

/// <summary>Thread-style work on a loop, asked for from elsewhere.</summary>
internal static class LoopTasks
{
    /// <summary>
    /// Runs asynchronous work on the loop's thread; what it awaits of the loop continues there. Where the loop is given up it is done when that
    /// goes on. From any thread.
    /// </summary>
    /// <exception cref="InvalidOperationException">The loop has ended.</exception>
    public static Task<T> RunAsync<T>(this ActorLoop loop, Func<Task<T>> work)
    {
        AsyncWork<T> item = new(loop, work);
        return loop.TrySchedule(item)
            ? item.Result
            : Task.FromException<T>(HasEnded(loop.Loop));
    }

    /// <summary>
    /// As <see cref="RunAsync"/>, but not for a loop that is given up before it came to the work: then that is not done at all, and whoever
    /// asked may ask another loop. What the loop has begun is waited for.
    /// </summary>
    /// <exception cref="LoopGivenUpException">It is given up.</exception>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public static async Task<T> AskAsync<T>(this ActorLoop loop, Func<Task<T>> work)
    {
        AsyncWork<T> item = new(loop, work);
        if (!loop.TrySchedule(item))
        {
            throw HasEnded(loop.Loop);
        }

        // Loops that are stepped are not given up, and no thread may go on elsewhere there.
        Task<LoopGivenUp?> missing = loop.Missing;
        if (!LoopEnvironment.Ambient.IsStepped && await Task.WhenAny(item.Result, missing).ConfigureAwait(false) == missing && item.TryWithdraw())
        {
            throw WhyMissing(loop, await missing.ConfigureAwait(false));
        }

        return await item.Result.ConfigureAwait(false);
    }

    /// <summary>
    /// As <see cref="RunAsync"/>, but no longer than for a time, and than this loop and another one are there. What was not begun by then is
    /// not done.
    /// </summary>
    /// <param name="loop">The loop.</param>
    /// <param name="work">The work.</param>
    /// <param name="needed">A loop that has its part in the work.</param>
    /// <param name="limit">How long.</param>
    /// <param name="setting">What says so, for people.</param>
    /// <exception cref="InvalidOperationException">One is given up or has ended.</exception>
    /// <exception cref="LoopLateException">The time is over; the text says what holds a loop up.</exception>
    public static async Task<T> AskAsync<T>(this ActorLoop loop, Func<Task<T>> work, ActorLoop needed, TimeSpan limit, string setting)
    {
        AsyncWork<T> item = new(loop, work);
        if (!loop.TrySchedule(item))
        {
            throw HasEnded(loop.Loop);
        }

        Task<LoopGivenUp?> own = loop.Missing;
        Task? first = await FirstWithinAsync(Task.WhenAny(item.Result, own, needed.Missing), limit, loop.Group.Clock).ConfigureAwait(false);
        if (first == item.Result)
        {
            return await item.Result.ConfigureAwait(false);
        }

        bool hasBegun = !item.TryWithdraw();
        throw first is Task<LoopGivenUp?> missing
            ? WhyMissing(missing == own ? loop : needed, await missing.ConfigureAwait(false))
            : new LoopLateException(WhyLate(loop, hasBegun ? needed : null, $"within {limit.TotalMilliseconds:F0} ms ({setting})"));
    }

    /// <summary>Waits for what a loop was asked as long as the loop is there. It does it when it is back, all the same.</summary>
    /// <exception cref="LoopGivenUpException">It is given up.</exception>
    /// <exception cref="InvalidOperationException">It has ended.</exception>
    public static async Task<T> WhilePresentAsync<T>(this ActorLoop loop, Task<T> asked)
    {
        Task<LoopGivenUp?> missing = loop.Missing;
        return await Task.WhenAny(asked, missing).ConfigureAwait(false) == missing && !asked.IsCompleted
            ? throw WhyMissing(loop, await missing.ConfigureAwait(false))
            : await asked.ConfigureAwait(false);
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

    private static InvalidOperationException WhyMissing(ActorLoop loop, LoopGivenUp? givenUp) =>
        givenUp is null ? HasEnded(loop.Loop) : new LoopGivenUpException(givenUp);

    private static InvalidOperationException HasEnded(SyscallLoop loop) => new(
        loop.HasFailed ? $"the loop '{loop.Name}' was ended by an error" : $"the loop '{loop.Name}' has ended with its actor system");

    /// <returns>The task that has ended; null when the time is over.</returns>
    private static async Task<Task?> FirstWithinAsync(Task<Task> first, TimeSpan limit, TimeProvider clock)
    {
        try
        {
            return await first.WaitAsync(limit, clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <param name="loop">The loop that was asked.</param>
    /// <param name="needed">The one that has its part in what that has begun; null where it has begun nothing.</param>
    /// <param name="within">The time.</param>
    private static string WhyLate(ActorLoop loop, ActorLoop? needed, string within)
    {
        ActorLoop late = needed ?? loop;
        return needed is { Activity.IsParked: true }
            ? $"loop {loop.Index} has begun it, and it did not come to its end {within}"
            : $"loop {late.Index} did not come to it {within}: {RunningWork.NameOf(late.Activity.Running)} holds it up";
    }

    private sealed class AsyncWork<T>(ActorLoop loop, Func<Task<T>> work) : ILoopWork
    {
        private const int Waiting = 0;
        private const int Begun = 1;
        private const int Withdrawn = 2;

        private readonly TaskCompletionSource<T> _result = new(LoopEnvironment.Ambient.CompletedByLoop);
        private int _state;

        public Task<T> Result => _result.Task;

        public void Execute() => Run();

        public void Run()
        {
            if (Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting)
            {
                _ = CompleteAsync();
            }
        }

        public void OnNotRun() => _result.TrySetException(HasEnded(loop.Loop));

        /// <summary>The loop is not to do it any more. From any thread.</summary>
        /// <returns>False when it has begun.</returns>
        public bool TryWithdraw()
        {
            if (Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Begun)
            {
                return false;
            }

            // Nobody waits for it any more; what watches it beside the loop's end must not be kept by that.
            _result.TrySetCanceled();
            return true;
        }

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
