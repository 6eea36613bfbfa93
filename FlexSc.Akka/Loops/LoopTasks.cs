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
    /// asked may ask another loop. What the loop has begun is waited for, unless there are bounds.
    /// </summary>
    /// <param name="loop">The loop.</param>
    /// <param name="work">The work.</param>
    /// <param name="bounds">What ends the wait, though the work may have begun; null for nothing.</param>
    /// <exception cref="LoopGivenUpException">It is given up, or the other loop that is needed.</exception>
    /// <exception cref="LoopLateException">The time is over; the text says what holds a loop up.</exception>
    /// <exception cref="InvalidOperationException">One of them has ended.</exception>
    public static async Task<T> AskAsync<T>(this ActorLoop loop, Func<Task<T>> work, AskBounds? bounds = null)
    {
        AsyncWork<T> item = new(loop, work);
        if (!loop.TrySchedule(item))
        {
            throw HasEnded(loop.Loop);
        }

        // Loops that are stepped are not given up, and no thread may go on elsewhere there.
        if (LoopEnvironment.Ambient.IsStepped)
        {
            return await item.Result.ConfigureAwait(false);
        }

        Task<LoopGivenUp?> own = loop.Missing;
        ActorLoop needed = bounds?.Needed ?? loop;
        Task<Task> any = Task.WhenAny(item.Result, own, needed.Missing);
        Task? first = await FirstWithinAsync(any, bounds?.Limit, loop.Group.Clock).ConfigureAwait(false);
        bool hasBegun = bounds is { IsDoneLater: true } ? item.HasBegun : !item.TryWithdraw();
        if (item.Result is { IsCompleted: true, IsCanceled: false } || (hasBegun && bounds is null))
        {
            return await item.Result.ConfigureAwait(false);
        }

        throw first is Task<LoopGivenUp?> missing
            ? WhyMissing(missing == own ? loop : needed, await missing.ConfigureAwait(false))
            : new LoopLateException(WhyLate(loop, hasBegun ? needed : null, bounds!));
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
    private static async Task<Task?> FirstWithinAsync(Task<Task> first, TimeSpan? limit, TimeProvider clock)
    {
        try
        {
            return await (limit is { } time ? first.WaitAsync(time, clock) : first).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <param name="loop">The loop that was asked.</param>
    /// <param name="needed">The one that has its part in what that has begun; null where it has begun nothing.</param>
    /// <param name="bounds">The time, and what says so.</param>
    private static string WhyLate(ActorLoop loop, ActorLoop? needed, AskBounds bounds)
    {
        string within = $"within {bounds.Limit!.Value.TotalMilliseconds:F0} ms ({bounds.Setting})";
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

        /// <summary>Whether the loop has come to it. From any thread.</summary>
        public bool HasBegun => Volatile.Read(ref _state) == Begun;

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

/// <summary>How long what a loop was asked is waited for; no longer in any case than the loop is there.</summary>
/// <param name="Limit">How long; null for no limit.</param>
/// <param name="Setting">What says so, for people.</param>
internal sealed record AskBounds(TimeSpan? Limit = null, string? Setting = null)
{
    /// <summary>Another loop that has its part in the work, and must be there as well; null for none.</summary>
    public ActorLoop? Needed { get; init; }

    /// <summary>What the loop had not begun by then it does all the same when it comes to it; else it does not do it.</summary>
    public bool IsDoneLater { get; init; }
}
