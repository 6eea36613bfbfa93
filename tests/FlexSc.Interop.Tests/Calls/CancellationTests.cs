using System.Buffers;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

public sealed partial class CancellationTests
{
    private const int FLock = 73; // flock(2): no opcode, so that a companion thread waits in it
    private const long LockExclusive = 2;
    private const long LockRelease = 8;
    private const int MeasuredCalls = 10_000;

    [SkippableFact]
    public async Task A_call_is_cancelled_from_another_thread()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            using CancellationTokenSource source = new();
            Task<int> receiving = loop.AwaitAsync(owner => owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token).AsTask());
            Assert.Equal(1, await loop.RunAsync(owner => owner.UsedEntries));
            await source.CancelAsync();
            OperationCanceledException error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
            Assert.Equal(source.Token, error.CancellationToken);
            await loop.AwaitAsync(NoEntryIsUsedAsync);

            // The socket goes on.
            peer.Send("x"u8);
            Assert.Equal(1, await loop.AwaitAsync(owner => owner.ReceiveAsync(socket, new byte[1], cancellationToken: CancellationToken.None).AsTask()));
            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task A_call_is_cancelled_on_the_loops_own_thread()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            await loop.AwaitAsync(async owner =>
            {
                using CancellationTokenSource source = new();
                ValueTask<int> receiving = owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token);
#pragma warning disable CA1849 // Here it is the synchronous one that is tested.
                source.Cancel();
#pragma warning restore CA1849
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving.AsTask());
                await NoEntryIsUsedAsync(owner);
                await owner.CloseAsync(socket);
            });
        }
    }

    [SkippableFact]
    public async Task A_token_that_was_cancelled_before_submits_nothing()
    {
        using SyscallLoop loop = LoopFixture.Start();
        await loop.AwaitAsync(async owner =>
        {
            long before = owner.Submissions;
            CancellationToken cancelled = new(canceled: true);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => owner.OpenAsync("/", OpenFlags.ReadOnly, cancellationToken: cancelled).AsTask());
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => owner.ReceiveAsync(0, new byte[1], cancellationToken: cancelled).AsTask());
            Assert.Equal(before, owner.Submissions);
        });
    }

    [SkippableFact]
    public async Task A_call_that_completes_anyway_answers_its_result()
    {
        using SyscallLoop loop = LoopFixture.Start();
        using CancellationTokenSource source = new();
        Task<long> asking = loop.AwaitAsync(owner =>
        {
            Task<long> call = owner.SubmitAsync(SyscallNumber.GetPid, 0, 0, 0, 0, 0, 0, source.Token).AsTask();
            source.Cancel();
            return call;
        });
        Assert.Equal(Environment.ProcessId, await asking);
    }

    [SkippableFact]
    public async Task A_call_that_a_thread_waits_in_is_interrupted()
    {
        using SyscallLoop loop = LoopFixture.Start();
        string path = Path.GetTempFileName();
        try
        {
            int holder = await loop.AwaitAsync(owner => owner.OpenAsync(path, OpenFlags.ReadOnly).AsTask());
            int waiter = await loop.AwaitAsync(owner => owner.OpenAsync(path, OpenFlags.ReadOnly).AsTask());
            using CancellationTokenSource source = new();
            await loop.AwaitAsync(owner => owner.SubmitAsync(FLock, holder, LockExclusive).AsTask());
            Task<long> locking = loop.AwaitAsync(owner => owner.SubmitAsync(FLock, waiter, LockExclusive, 0, 0, 0, 0, source.Token).AsTask());
            Assert.Equal(1, await loop.RunAsync(owner => owner.UsedEntries));
            await source.CancelAsync();

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => locking.WaitAsync(LoopFixture.Deadline));
            await loop.AwaitAsync(owner => owner.SubmitAsync(FLock, holder, LockRelease).AsTask());
            await loop.AwaitAsync(async owner =>
            {
                await owner.CloseAsync(holder);
                await owner.CloseAsync(waiter);
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    [SkippableFact]
    public async Task Memory_stays_pinned_until_the_kernel_is_done()
    {
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            using PinCounter memory = new(8);
            using CancellationTokenSource source = new();
            Task<(int PinsAfter, int EntriesAfter)> receiving = loop.AwaitAsync(async owner =>
            {
                try
                {
                    await owner.ReceiveAsync(socket, memory.Memory, cancellationToken: source.Token);
                }
                catch (OperationCanceledException)
                {
                    return (memory.Pins, memory.EntriesAtUnpin);
                }

                return (-1, -1);
            });
            await loop.RunAsync(owner =>
            {
                memory.Watch(owner);
                return true;
            });
            Assert.Equal(1, memory.Pins);
            await source.CancelAsync();

            // At the time of unpinning the receive's entry was free; only the cancellation's own could be in use.
            (int pins, int entries) = await receiving;
            Assert.Equal(0, pins);
            Assert.InRange(entries, 0, 1);
            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task Memory_is_unpinned_when_nothing_was_submitted()
    {
        using SyscallLoop loop = LoopFixture.Start();
        using PinCounter memory = new(8);
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.ReceiveAsync(0, memory.Memory).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop.AwaitAsync(owner =>
            owner.ReceiveAsync(0, memory.Memory, cancellationToken: new CancellationToken(canceled: true)).AsTask()));
        Assert.Equal(0, memory.Pins);
    }

    [SkippableFact]
    public async Task A_cancellation_without_a_free_entry_waits_for_one()
    {
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { Pages = 1 });
        (int socket, Socket peer) = await loop.ConnectedAsync();
        (int other, Socket otherPeer) = await loop.ConnectedAsync();
        using (peer)
        using (otherPeer)
        {
            using CancellationTokenSource source = new();
            RecordingOperation uncancellable = new();
            byte[] buffer = GC.AllocateArray<byte>(1, pinned: true);
            Task[] receiving = await loop.RunAsync(owner =>
            {
                List<Task> tasks = [];
                while (owner.UsedEntries < FlexScAbi.EntriesPerPage - 1)
                {
                    tasks.Add(owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token).AsTask());
                }

                // One entry is kept to cancel with, but a call that cannot be cancelled may take it.
                Task refused = owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token).AsTask();
                Assert.IsType<InvalidOperationException>(refused.Exception?.InnerException);
                Assert.True(owner.TrySubmit(uncancellable, SyscallNumber.RecvFrom, argument0: other, argument1: AddressOf(buffer), argument2: 1));
                return tasks.ToArray();
            });
            await source.CancelAsync();

            // Two turns on, the requests were looked at and found no entry.
            await loop.RunAsync(owner => owner.UsedEntries);
            Assert.Equal(FlexScAbi.EntriesPerPage, await loop.RunAsync(owner => owner.UsedEntries));
            Assert.All(receiving, task => Assert.False(task.IsCompleted));

            otherPeer.Send("x"u8);
            Assert.Equal(1, await uncancellable.Result);
            foreach (Task task in receiving)
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(LoopFixture.Deadline));
            }

            await loop.AwaitAsync(NoEntryIsUsedAsync);
            await loop.AwaitAsync(async owner =>
            {
                await owner.CloseAsync(socket);
                await owner.CloseAsync(other);
            });
        }
    }

    [SkippableFact]
    public async Task A_full_queue_of_posted_work_loses_no_cancellation()
    {
        using SyscallLoop loop = LoopFixture.Start(new SyscallLoopOptions { PostedWorkLimit = 2 });
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            using CancellationTokenSource source = new();
            using ManualResetEventSlim held = new();
            using ManualResetEventSlim release = new();
            Task<int> receiving = loop.AwaitAsync(owner => owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token).AsTask());
            Assert.True(loop.TryPost(_ =>
            {
                held.Set();
                release.Wait();
            }));
            Assert.True(held.Wait(LoopFixture.Deadline));
            while (loop.TryPost(_ => { }))
            {
            }

            await source.CancelAsync();
            release.Set();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);
            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task A_race_of_data_and_cancellation_loses_no_byte()
    {
        const int rounds = 3_000;
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            int received = 0;
            int cancelled = 0;
            for (int round = 0; round < rounds; round++)
            {
                using CancellationTokenSource source = new();
                Task<int> receiving = loop.AwaitAsync(owner => owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token).AsTask());
                Task cancelling = Task.Run(source.Cancel);
                peer.Send("x"u8);
                try
                {
                    received += await receiving;
                }
                catch (OperationCanceledException)
                {
                    cancelled++;
                }

                await cancelling;
            }

            byte[] rest = new byte[rounds];
            int left = cancelled == 0 ? 0 : await loop.AwaitAsync(owner => owner.ReceiveAsync(socket, rest.AsMemory(0, cancelled), TransferFlags.WaitAll).AsTask());
            Assert.Equal(rounds, received + cancelled);
            Assert.Equal(cancelled, left);
            await loop.AwaitAsync(NoEntryIsUsedAsync);
            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task A_cancellation_that_comes_late_hits_no_other_call()
    {
        const int rounds = 2_000;
        const int longestDelayIterations = 3_000;
        using SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        {
            Random random = new(7);
            byte[] buffer = new byte[1];
            for (int round = 0; round < rounds; round++)
            {
                using CancellationTokenSource source = new();
                using CancellationTokenSource quiet = new();
                TaskCompletionSource secondStarted = new(TaskCreationOptions.RunContinuationsAsynchronously);
                Task<int> second = loop.AwaitAsync(async owner =>
                {
                    try
                    {
                        await owner.SubmitAsync(FlexScAbi.NumberNop, 0, 0, 0, 0, 0, 0, source.Token);
                    }
                    catch (OperationCanceledException)
                    {
                    }

                    // The same pooled object, with a token that nobody cancels.
                    ValueTask<int> receiving = owner.ReceiveAsync(socket, buffer, cancellationToken: quiet.Token);
                    secondStarted.SetResult();
                    return await receiving;
                });

                // Around the time the first call completes and the second begins.
                Thread.SpinWait(random.Next(longestDelayIterations));
#pragma warning disable CA1849 // On this thread, whose timing is the matter.
                source.Cancel();
#pragma warning restore CA1849
                await secondStarted.Task.WaitAsync(LoopFixture.Deadline);
                await loop.RunAsync(owner => owner.UsedEntries);
                peer.Send("x"u8);
                Assert.Equal(1, await second);
            }

            await loop.AwaitAsync(owner => owner.CloseAsync(socket).AsTask());
        }
    }

    [SkippableFact]
    public async Task A_loop_that_stops_lets_a_cancelled_call_end()
    {
        SyscallLoop loop = LoopFixture.Start();
        (int socket, Socket peer) = await loop.ConnectedAsync();
        using (peer)
        using (SafeSocketHandle handle = new(socket, ownsHandle: true))
        {
            using CancellationTokenSource source = new();
            Task<int> receiving = loop.AwaitAsync(owner => owner.ReceiveAsync(socket, new byte[1], cancellationToken: source.Token).AsTask());
            await loop.RunAsync(owner => owner.UsedEntries);
            Task stopping = Task.Run(loop.Dispose);
            await source.CancelAsync();
            await stopping.WaitAsync(LoopFixture.Deadline);

            // The stop cancels, too; it may have been first.
            Exception error = await Assert.ThrowsAnyAsync<Exception>(() => receiving);
            Assert.True(error is OperationCanceledException or LinuxException, error.ToString());

            // A token whose loop is gone does no harm.
            using CancellationTokenSource late = new();
            await Assert.ThrowsAsync<InvalidOperationException>(() => loop.ReceiveAsync(socket, new byte[1], cancellationToken: late.Token).AsTask());
            await late.CancelAsync();
        }
    }

    [SkippableFact]
    public async Task A_warm_loop_awaits_cancellable_calls_without_allocating()
    {
        // The bound leaves room for the runtime's own bookkeeping; one object a call would be 240,000 bytes or more.
        Assert.InRange(await MeasureAsync((owner, _, token) => owner.SubmitAsync(FlexScAbi.NumberNop, 0, 0, 0, 0, 0, 0, token)), 0, 1_024);
    }

    [SkippableFact]
    public async Task A_warm_loop_awaits_typed_calls_without_allocating()
    {
#if DEBUG
        // Unoptimized, the compiler makes an object of each of the two state machines.
        const long bound = MeasuredCalls * 256;
#else
        const long bound = 1_024;
#endif
        byte[] buffer = new byte[64];
        Assert.InRange(await MeasureAsync((owner, zeros, token) => ReadAsync(owner, zeros, buffer, token)), 0, bound);

        static ValueTask<int> ReadAsync(SyscallLoop owner, int zeros, byte[] buffer, CancellationToken token) =>
            owner.ReadAsync(zeros, buffer, 0, token);
    }
}
