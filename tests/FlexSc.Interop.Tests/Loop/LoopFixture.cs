using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>An operation that keeps its completions and hands the terminal one to a waiting test.</summary>
internal sealed class RecordingOperation : SyscallOperation
{
    private readonly TaskCompletionSource<long> _terminal = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public List<Completion> Completions { get; } = [];

    /// <summary>Result of the terminal completion.</summary>
    public Task<long> Result => _terminal.Task.WaitAsync(LoopFixture.Deadline);

    /// <summary>True after the terminal completion. From any thread.</summary>
    public bool HasEnded => _terminal.Task.IsCompleted;

    public Action<SyscallLoop, Completion>? Then { get; init; }

    protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
    {
        Completions.Add(completion);
        Then?.Invoke(loop, completion);
        if (completion.IsTerminal)
        {
            _terminal.TrySetResult(completion.Result);
        }
    }
}

internal static class LoopFixture
{
    private const int DefaultDeadlineSeconds = 30;

    /// <summary>Longest wait for anything; FLEXSC_TEST_DEADLINE_SECONDS sets it for machines that are emulated or checked at every step.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("FLEXSC_TEST_DEADLINE_SECONDS"), out int seconds) ? seconds : DefaultDeadlineSeconds);

    /// <summary>Starts a loop, or skips the test where the kernel has no io_uring for us.</summary>
    public static SyscallLoop Start(SyscallLoopOptions? options = null, ILoopHost? host = null)
    {
        try
        {
            return SyscallLoop.Start(options ?? new SyscallLoopOptions(), "test-loop", host);
        }
        catch (LinuxException exception) when (exception.ErrorNumber is 1 or 22 or 38)
        {
            throw new SkipException(exception.Message);
        }
    }

    /// <summary>Runs work on the loop's thread and answers what it returned or threw.</summary>
    public static Task<T> RunAsync<T>(this SyscallLoop loop, Func<SyscallLoop, T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool taken = loop.TryPost(owner =>
        {
            try
            {
                done.SetResult(work(owner));
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        Assert.True(taken);
        return done.Task.WaitAsync(Deadline);
    }

    /// <summary>Runs thread-style work on the loop's thread. The test goes on elsewhere: it could not dispose the loop from there.</summary>
    public static Task<T> AwaitAsync<T>(this SyscallLoop loop, Func<SyscallLoop, Task<T>> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(loop.TryPost(owner => _ = CompleteAsync(owner)));
        return done.Task.WaitAsync(Deadline);

        async Task CompleteAsync(SyscallLoop owner)
        {
            try
            {
                done.SetResult(await work(owner));
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        }
    }
}
