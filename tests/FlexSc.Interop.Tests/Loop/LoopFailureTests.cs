using System.Globalization;
using System.Runtime.InteropServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Conformance;
using Tmds.Linux;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>A loop whose backend fails: what it waits on is replaced by /dev/null behind its back.</summary>
public abstract class LoopFailureTests(LoopVariant variant, string waitsOn)
{
    [SkippableFact]
    public async Task Those_who_wait_are_told_and_work_is_given_back()
    {
        GivenBackHost host = new();
        (SyscallLoop loop, int descriptor) = Start(host);
        int[] pipe = Pipe();
        using CancellationTokenSource never = new();
        Task<int> reading = loop.AwaitAsync(async owner => await owner.ReadAsync(pipe[0], new byte[16], FileTransferCalls.CurrentPosition));
        Task<int> cancellable = loop.AwaitAsync(async owner => await owner.ReadAsync(pipe[0], new byte[16], FileTransferCalls.CurrentPosition, never.Token));
        object late = new();
        await loop.RunAsync(owner =>
        {
            // It schedules itself again in each turn, and so waits when one fails.
            Assert.True(owner.TrySchedule(late));
            Replace(descriptor);
            return 0;
        });
        await Assert.ThrowsAnyAsync<LinuxException>(() => loop.Ended.WaitAsync(LoopFixture.Deadline));
        await Assert.ThrowsAsync<LoopFailedException>(() => reading);
        await Assert.ThrowsAsync<LoopFailedException>(() => cancellable);
        Assert.True(loop.HasFailed);
        Assert.True(host.HasFailed);
        Assert.Contains(late, host.NotRun);
        Assert.False(loop.TryPost(_ => { }));
        Assert.False(loop.TrySchedule(new object()));
        Assert.Throws<InvalidOperationException>(loop.Dispose);
        Assert.Equal(0, LibC.close(pipe[0]));
        Assert.Equal(0, LibC.close(pipe[1]));
    }

    [SkippableFact]
    public async Task What_was_opened_can_be_closed_all_the_same()
    {
        (SyscallLoop loop, int descriptor) = Start(new GivenBackHost());
        int[] pipe = Pipe();
        Task<int> work = loop.AwaitAsync(async owner =>
        {
            try
            {
                return await owner.ReadAsync(pipe[0], new byte[16], FileTransferCalls.CurrentPosition);
            }
            finally
            {
                await owner.CloseAsync(pipe[1]);
                await owner.CloseAsync(pipe[0]);
            }
        });
        await loop.RunAsync(_ =>
        {
            Replace(descriptor);
            return 0;
        });
        await Assert.ThrowsAsync<LoopFailedException>(() => work);
        Assert.Equal(-1, LibC.close(pipe[1]));
        Assert.Equal(LibC.EBADF, Marshal.GetLastPInvokeError());
    }

    private (SyscallLoop Loop, int Descriptor) Start(ILoopHost host)
    {
        HashSet<int> before = [.. Descriptors()];
        SyscallLoop loop = variant.Start(new SyscallLoopOptions(), host);
        return (loop, Assert.Single(Descriptors(), descriptor => !before.Contains(descriptor)));
    }

    private IEnumerable<int> Descriptors() => new DirectoryInfo("/proc/self/fd").GetFileSystemInfos()
        .Where(entry => entry.LinkTarget?.Contains(waitsOn, StringComparison.Ordinal) == true)
        .Select(entry => int.Parse(entry.Name, CultureInfo.InvariantCulture));

    private static unsafe void Replace(int descriptor)
    {
        fixed (byte* path = "/dev/null\0"u8)
        {
            int other = LibC.open(path, LibC.O_RDWR);
            Assert.True(other >= 0);
            Assert.Equal(descriptor, LibC.dup2(other, descriptor));
            Assert.Equal(0, LibC.close(other));
        }
    }

    private static unsafe int[] Pipe()
    {
        int[] ends = new int[2];
        fixed (int* pointer = ends)
        {
            Assert.Equal(0, LibC.pipe(pointer));
        }

        return ends;
    }

    private sealed class GivenBackHost : ILoopHost
    {
        public bool HasFailed { get; private set; }

        public List<object> NotRun { get; } = [];

        public void OnStarted(SyscallLoop loop)
        {
        }

        public void OnStopping(SyscallLoop loop)
        {
        }

        public void OnEnded(SyscallLoop loop)
        {
        }

        public void Run(SyscallLoop loop, object work)
        {
            // With a call to hand over, the turn does not pass by what was replaced.
            Assert.True(loop.TrySubmit(new RecordingOperation(), FlexScAbi.NumberNop));
            Assert.True(loop.TrySchedule(work));
        }

        public void BeforeFlush(SyscallLoop loop)
        {
        }

        public void OnNotRun(SyscallLoop loop, object work) => NotRun.Add(work);

        public void OnFailed(SyscallLoop loop, Exception exception) => HasFailed = SyscallLoop.Current == loop;
    }
}

public sealed class IoUringLoopFailureTests() : LoopFailureTests(new LoopVariant(SyscallBackendKind.IoUring), "io_uring");

public sealed class SyscallThreadsLoopFailureTests() : LoopFailureTests(new LoopVariant(SyscallBackendKind.SyscallThreads), "eventpoll");
