using FlexSc.Interop.Backends;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Tmds.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>A loop that is asked to stop at any point of its turn ends, whatever is in flight.</summary>
public sealed class StopRequestTests
{
    [SkippableFact]
    public async Task A_request_between_the_last_look_and_the_wait_is_not_lost()
    {
        // The loop looks for more work before it parks, and flushes for that: the one moment of a turn after the last look.
        Skip.If(Environment.ProcessorCount < 2, "a loop looks for work before it parks only where there is a second core");
        AskingBackend? backend = null;
        LoopEnvironment.Ambient = new LoopEnvironment(
            TimeProvider.System,
            (pages, tokens, buffers, options) => backend = new AskingBackend(SyscallBackends.Create(pages, tokens, buffers, options)));
        SyscallLoop loop;
        try
        {
            loop = SyscallLoop.Start(
                new SyscallLoopOptions { Backend = SyscallBackendKind.SyscallThreads, WakeSpinMicroseconds = SyscallLoopOptions.MaxWakeSpinMicroseconds },
                "test-loop");
        }
        finally
        {
            LoopEnvironment.Ambient = LoopEnvironment.Real;
        }

        int[] pipe = Pipe();
        byte[] memory = GC.AllocateArray<byte>(1, pinned: true);
        RecordingOperation read = new();
        await loop.RunAsync(owner => owner.TrySubmit(
            read, SyscallNumber.Read, argument0: pipe[0], argument1: AddressOf(memory), argument2: memory.Length));
        backend!.Ask = loop.RequestStop;

        // A park that another thread ends soon makes the next look for work worthwhile. How soon it does, the machine decides.
        while (!loop.IsStopping)
        {
            Assert.True(backend.Parks.WaitOne(LoopFixture.Deadline));
            Assert.True(loop.TryPost(static _ => { }) || loop.IsStopping);
        }

        await loop.Ended.WaitAsync(LoopFixture.Deadline);
        Assert.Equal(-Errno.Canceled, await read.Result);
        loop.Dispose();
        Assert.Equal(0, LibC.close(pipe[0]));
        Assert.Equal(0, LibC.close(pipe[1]));
    }

    private static unsafe long AddressOf(byte[] pinned) => (long)System.Runtime.CompilerServices.Unsafe.AsPointer(ref pinned[0]);

    private static unsafe int[] Pipe()
    {
        int[] ends = new int[2];
        fixed (int* start = ends)
        {
            Assert.Equal(0, LibC.pipe2(start, LibC.O_CLOEXEC));
        }

        return ends;
    }

    /// <summary>Has the loop asked to stop while it flushes before it looks for work.</summary>
    private sealed class AskingBackend(ISyscallBackend inner) : ISyscallBackend
    {
        /// <summary>Called once.</summary>
        public volatile Action? Ask;

        /// <summary>Set before each wait, and once it was asked.</summary>
        public AutoResetEvent Parks { get; } = new(initialState: false);

        public string Name => inner.Name;

        public long Traps => inner.Traps;

        public bool HasCompletions => inner.HasCompletions;

        public void Flush(bool wait, bool mayBatch, long timeoutNanoseconds)
        {
            if (wait)
            {
                Parks.Set();
            }

            inner.Flush(wait, mayBatch, timeoutNanoseconds);
            if (!wait && timeoutNanoseconds == 0 && Ask is { } ask)
            {
                Ask = null;
                ask();
                Parks.Set();
            }
        }

        public bool TryTakeCompletion(out Completion completion) => inner.TryTakeCompletion(out completion);

        public void CancelAll() => inner.CancelAll();

        public void Disown(int fileDescriptor) => inner.Disown(fileDescriptor);

        public long ExecuteNow(in SyscallEntry call) => inner.ExecuteNow(call);

        public void Wake() => inner.Wake();

        public void Dispose() => inner.Dispose();
    }
}
