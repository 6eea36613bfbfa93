using FlexSc.Interop.Backends;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Backends;

public sealed class WorkerThreadsTests
{
    private const int Entries = 8;
    private const int ErrnoAgain = 11;
    private readonly TaskCompletionSource<long> _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task A_call_for_which_no_thread_can_be_started_fails_and_the_process_does_not()
    {
        int started = 0;
        void StartOneOnly(Thread thread)
        {
            if (Interlocked.Increment(ref started) > 1)
            {
                throw new InsufficientMemoryException("as the runtime answers EAGAIN of pthread_create");
            }

            thread.Start();
        }

        using CompanionThreads companions = new(
            new SyscallLoopOptions(), Entries, (_, result) => _completed.TrySetResult(result), startAtOnce: 1, StartOneOnly);
        SyscallEntry call = new() { Number = SyscallNumber.GetPid };
        Assert.Equal(-ErrnoAgain, companions.Execute(0, call, waitsForOthers: true));
        Assert.False(companions.TryCancel(0));
        Assert.Equal(0, companions.Execute(1, call, waitsForOthers: false));
        Assert.Equal(Environment.ProcessId, await _completed.Task.WaitAsync(LoopFixture.Deadline));
    }

    [Fact]
    public void Threads_that_are_needed_from_the_start_are_named_with_the_remedy_when_they_cannot_be_started()
    {
        LinuxException failure = Assert.Throws<LinuxException>(() => new WorkerThreads(
            new WorkerThreadOptions("flexsc-test", Limit: 2, StartAtOnce: 2, Start: static _ => throw new InsufficientMemoryException()), Entries, static (_, _) => { }));
        Assert.Equal(ErrnoAgain, failure.ErrorNumber);
        Assert.Contains("flexsc-test-0", failure.Message, StringComparison.Ordinal);
        Assert.Contains("RLIMIT_NPROC", failure.Remedy, StringComparison.Ordinal);
    }
}
