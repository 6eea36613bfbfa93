using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Conformance;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>Calls are executed elsewhere from now on, while some are in flight.</summary>
public sealed class ServeByTests
{
    private static int LastCpu => ThreadAffinity.AllowedCpus()[^1];

    public static TheoryData<SyscallBackendKind> Backends => [SyscallBackendKind.IoUring, SyscallBackendKind.SyscallThreads];

    [SkippableTheory]
    [MemberData(nameof(Backends))]
    public async Task A_call_in_flight_ends_and_later_ones_go_to_the_core(SyscallBackendKind backend)
    {
        using SyscallLoop loop = Start(backend);
        LoopUnderTest calls = new(loop);
        using Socket listener = Listen();
        using Socket client = Connect(listener);
        using Socket server = listener.Accept();
        PinnedBytes memory = new(4);
        PinnedBytes ping = new("ping"u8);
        RecordingOperation waiting = await calls.SubmitAsync(
            SyscallNumber.RecvFrom, argument0: (long)server.Handle, argument1: memory.Address, argument2: memory.Length);
        Assert.Null(loop.ServedBy);
        Assert.Null(loop.ReadCoreUse());

        await loop.RunAsync(owner => { owner.ServeBy(LastCpu); return true; });
        Assert.Equal(LastCpu, loop.ServedBy);
        Assert.Equal(4, await calls.CallAsync(SyscallNumber.SendTo, (long)server.Handle, ping.Address, 4));
        byte[] received = new byte[4];
        Assert.Equal(4, client.Receive(received));
        Assert.Equal("ping"u8, received);
        SyscallCoreUse use = loop.ReadCoreUse()!.Value;
        Assert.True(use.ThreadId > 0, "nobody executes the calls");
        Assert.Equal($"{LastCpu}", CpusOf(use.ThreadId));
        client.Send("pong"u8);
        Assert.Equal(4, await waiting.Result);
        Assert.Equal("pong"u8, memory.Span);

        await loop.RunAsync(owner => { owner.ServeBy(null); return true; });
        Assert.Null(loop.ServedBy);
        Assert.Equal(4, await calls.CallAsync(SyscallNumber.SendTo, (long)server.Handle, ping.Address, 4));
        Assert.Equal(4, client.Receive(received));
        await calls.EndAsync();
    }

    /// <summary>Bytes go both ways all the time, by a receive that completes again and again, and the core comes and goes.</summary>
    [SkippableTheory]
    [MemberData(nameof(Backends))]
    public async Task No_byte_is_lost_or_comes_twice_while_the_core_comes_and_goes(SyscallBackendKind backend)
    {
        const int messages = 3_000;
        const int messageBytes = 64;
        using SyscallLoop loop = Start(backend);
        LoopUnderTest calls = new(loop);
        using Socket listener = Listen();
        using Socket client = Connect(listener);
        using Socket server = listener.Accept();
        Echo echo = new((int)server.Handle);
        await loop.RunAsync(owner => { echo.Receive(owner); return true; });
        Task<int> changing = Task.Run(async () =>
        {
            int changes = 0;
            while (!echo.Ended.IsCompleted)
            {
                await loop.RunAsync(Toggle);
                changes++;
            }

            return changes;
        });

        byte[] sent = new byte[messageBytes];
        byte[] received = new byte[messageBytes];
        for (int message = 0; message < messages; message++)
        {
            new Random(message).NextBytes(sent);
            client.Send(sent);
            for (int count = 0; count < messageBytes;)
            {
                int more = client.Receive(received.AsSpan(count));
                Assert.True(more > 0, $"the connection ended in message {message}");
                count += more;
            }

            Assert.Equal(sent, received);
        }

        client.Shutdown(SocketShutdown.Send);
        await echo.Ended.WaitAsync(LoopFixture.Deadline);
        Assert.True(await changing > 1, "nothing was changed");
        await loop.RunAsync(owner => { owner.ServeBy(null); return true; });
        await calls.EndAsync();
    }

    [SkippableFact]
    public async Task A_call_that_was_cancelled_before_the_change_stays_cancelled()
    {
        using SyscallLoop loop = Start(SyscallBackendKind.IoUring);
        LoopUnderTest calls = new(loop);
        using Socket listener = Listen();
        using Socket client = Connect(listener);
        using Socket server = listener.Accept();
        for (int i = 0; i < 50; i++)
        {
            RecordingOperation receive = await calls.SubmitAsync(
                SyscallNumber.RecvFrom, EntryFlags.Multishot | EntryFlags.ProvidedBuffer, argument0: (long)server.Handle);
            RecordingOperation cancel = new();
            bool inOneTurn = i % 2 == 0;
            await loop.RunAsync(owner =>
            {
                Assert.True(owner.TryCancel(receive, cancel));
                return !inOneTurn || Toggle(owner);
            });
            await loop.RunAsync(owner => inOneTurn || Toggle(owner));
            await cancel.Result.WaitAsync(LoopFixture.Deadline);
            Assert.Equal(-Errno.Canceled, await receive.Result.WaitAsync(LoopFixture.Deadline));
        }

        await calls.EndAsync();
    }

    [SkippableFact]
    public async Task Loops_may_share_a_polling_thread()
    {
        using SyscallLoop first = Start(SyscallBackendKind.IoUring);
        using SyscallLoop second = Start(SyscallBackendKind.IoUring);
        await first.RunAsync(owner => { owner.ServeBy(LastCpu); return true; });
        await second.RunAsync(owner => { owner.ServeBy(LastCpu, first); return true; });
        Assert.Equal(first.ReadCoreUse()!.Value.ThreadId, second.ReadCoreUse()!.Value.ThreadId);
        LoopUnderTest calls = new(second);
        Assert.Equal(-Errno.BadDescriptor, await calls.CallAsync(SyscallNumber.SendTo, -1));

        // Whoever began it may leave first.
        await first.RunAsync(owner => { owner.ServeBy(null); return true; });
        Assert.Equal(-Errno.BadDescriptor, await calls.CallAsync(SyscallNumber.SendTo, -1));
    }

    [SkippableFact]
    public async Task A_core_that_the_process_may_not_use_is_refused_and_nothing_changes()
    {
        using SyscallLoop loop = Start(SyscallBackendKind.IoUring);
        LinuxException refused = await Assert.ThrowsAsync<LinuxException>(
            () => loop.RunAsync(owner => { owner.ServeBy(ThreadAffinity.MaxCpus - 1); return true; }));
        Assert.Contains("may use", refused.Message, StringComparison.Ordinal);
        Assert.Null(loop.ServedBy);
        Assert.Equal(-Errno.BadDescriptor, await new LoopUnderTest(loop).CallAsync(SyscallNumber.SendTo, -1));
    }

    [SkippableFact]
    public async Task An_accept_goes_on_where_no_descriptor_is_left_for_another_ring()
    {
        using SyscallLoop loop = Start(SyscallBackendKind.IoUring);
        LoopUnderTest calls = new(loop);
        using Socket listener = Listen();
        RecordingOperation accept = await SubmitAcceptAsync(calls, listener);

        // The first failure is no matter; all that it needs is loaded then, which takes descriptors.
        Assert.NotEqual(0, await loop.RunAsync(static owner => TryServeBy(owner, ThreadAffinity.MaxCpus - 1)));
        Assert.Equal(Errno.TooManyFiles, await loop.RunAsync(static owner =>
        {
            using DescriptorLimit limit = DescriptorLimit.NoneLeft();
            return TryServeBy(owner, LastCpu);
        }));
        Assert.Null(loop.ServedBy);
        using Socket first = Connect(listener);
        await AssertAcceptedAsync(loop, accept, 1);
        Assert.Equal(0, await loop.RunAsync(static owner => TryServeBy(owner, LastCpu)));
        using Socket second = Connect(listener);
        await AssertAcceptedAsync(loop, accept, 2);
        await EndAsync(calls, accept);
    }

    [SkippableFact]
    public async Task An_accept_that_moves_to_where_no_descriptor_is_left_says_so_and_the_connection_is_kept()
    {
        using SyscallLoop loop = Start(SyscallBackendKind.IoUring);
        LoopUnderTest calls = new(loop);
        using Socket listener = Listen();
        Assert.Equal(0, await loop.RunAsync(static owner => TryServeBy(owner, LastCpu)));
        using ManualResetEventSlim ended = new();
        RecordingOperation accept = await SubmitAcceptAsync(calls, listener, ended.Set);
        Socket? client = null;
        DescriptorLimit? limit = null;
        try
        {
            // The change issues the accept again with this turn's batch, which finds a connection and no descriptor.
            Assert.True(loop.TryPost(owner =>
            {
                owner.ServeBy(null);
                client = Connect(listener);
                limit = DescriptorLimit.NoneLeft();
            }));

            // Without a word to the thread pool: a thread that it starts now would find no descriptor and end the process.
            Assert.True(ended.Wait(LoopFixture.Deadline));
        }
        finally
        {
            limit?.Dispose();
        }

        Assert.Equal(-Errno.TooManyFiles, await accept.Result);
        Assert.Single(accept.Completions);
        accept = await SubmitAcceptAsync(calls, listener);
        await AssertAcceptedAsync(loop, accept, 1);
        await EndAsync(calls, accept);
        client!.Dispose();
    }

    [SkippableFact]
    public async Task Workers_of_the_kernel_stay_on_the_cores_that_are_named()
    {
        using SyscallLoop loop = Start(SyscallBackendKind.IoUring);
        await loop.RunAsync(owner => { owner.SetKernelWorkerCpus([LastCpu]); return true; });
        LoopUnderTest calls = new(loop);
        string path = Path.GetTempFileName();
        try
        {
            using FileStream file = File.OpenWrite(path);
            file.Write(new byte[4096]);

            // io_uring has a worker make every fsync.
            Assert.Equal(0, await calls.CallAsync(SyscallNumber.FSync, file.SafeFileHandle.DangerousGetHandle()));
            string[] workers = [.. WorkersOf(loop.ThreadId)];
            Assert.NotEmpty(workers);
            Assert.All(workers, worker => Assert.Equal($"{LastCpu}", worker));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static SyscallLoop Start(SyscallBackendKind backend) => new LoopVariant(backend).Start(new SyscallLoopOptions { KernelWorkers = 2, SubmissionPollIdleMs = 1 });

    private static bool Toggle(SyscallLoop loop)
    {
        loop.ServeBy(loop.ServedBy is null ? LastCpu : null);
        return true;
    }

    /// <returns>The error for which it stays as it is; 0 for none.</returns>
    private static int TryServeBy(SyscallLoop loop, int cpu)
    {
        try
        {
            loop.ServeBy(cpu);
            return 0;
        }
        catch (LinuxException exception)
        {
            return exception.ErrorNumber;
        }
    }

    /// <summary>An accept that goes on.</summary>
    /// <param name="calls">The loop.</param>
    /// <param name="listener">The socket.</param>
    /// <param name="ended">Called on the loop's thread with its last completion.</param>
    private static async Task<RecordingOperation> SubmitAcceptAsync(LoopUnderTest calls, Socket listener, Action? ended = null)
    {
        RecordingOperation accept = new()
        {
            Then = (_, completion) =>
            {
                if (completion.IsTerminal)
                {
                    ended?.Invoke();
                }
            },
        };
        await calls.SubmitAsync(accept, SyscallNumber.Accept4, EntryFlags.Multishot, listener.Handle);
        return accept;
    }

    private static async Task AssertAcceptedAsync(SyscallLoop loop, RecordingOperation accept, int connections)
    {
        long startedAt = Stopwatch.GetTimestamp();
        long[] accepted;
        do
        {
            accepted = await loop.RunAsync(_ => accept.Completions.Select(static completion => completion.Result).ToArray());
        }
        while (accepted.Length < connections && !accept.HasEnded && Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline);
        Assert.Equal(connections, accepted.Length);
        Assert.All(accepted, static descriptor => Assert.True(descriptor >= 0, $"accept4 answered {descriptor}"));
        Assert.False(accept.HasEnded, "it has ended");
    }

    /// <summary>Ends the accept, and closes what it accepted.</summary>
    private static async Task EndAsync(LoopUnderTest calls, RecordingOperation accept)
    {
        await calls.CancelAsync(accept);
        Assert.Equal(-Errno.Canceled, await accept.Result);
        foreach (Completion completion in accept.Completions.Where(static completion => completion.Result >= 0))
        {
            Assert.Equal(0, await calls.CallAsync(SyscallNumber.Close, completion.Result));
        }

        await calls.EndAsync();
    }

    private static Socket Listen()
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    private static Socket Connect(Socket listener)
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            ReceiveTimeout = (int)LoopFixture.Deadline.TotalMilliseconds,
            NoDelay = true,
        };
        client.Connect(listener.LocalEndPoint!);
        return client;
    }

    /// <summary>The cores of each of the kernel's workers of a thread, which are threads of this process.</summary>
    private static IEnumerable<string> WorkersOf(int thread) => Directory.GetDirectories("/proc/self/task")
        .Select(Path.GetFileName)
        .Where(task => NameOf(task!) == $"iou-wrk-{thread}")
        .Select(task => CpusOf(int.Parse(task!, System.Globalization.CultureInfo.InvariantCulture)));

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText($"/proc/self/task/{task}/comm").Trim();
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }

    private static string CpusOf(int threadId) => File.ReadLines($"/proc/self/task/{threadId}/status")
        .Single(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim();

    /// <summary>Sends back what comes, by one receive that goes on, until the other side has shut down.</summary>
    private sealed unsafe class Echo(int socket) : SyscallOperation
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public void Receive(SyscallLoop loop) => Assert.True(loop.TrySubmit(
            this, SyscallNumber.RecvFrom, EntryFlags.Multishot | EntryFlags.ProvidedBuffer, socket));

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (completion.HasBuffer)
            {
                SendBack send = new(completion.BufferId);
                Assert.True(loop.TrySubmit(
                    send, SyscallNumber.SendTo, EntryFlags.None, socket, (long)loop.Buffers.AddressOf(completion.BufferId), completion.Result));
            }

            if (completion.IsTerminal && completion.Result == 0)
            {
                _ended.SetResult();
            }
            else if (completion.IsTerminal && completion.Result is < 0 and not -Errno.NoBuffers)
            {
                _ended.SetException(new InvalidOperationException($"the receive ended with {completion.Result}"));
            }
            else if (completion.IsTerminal)
            {
                Receive(loop);
            }
        }
    }

    private sealed class SendBack(ushort bufferId) : SyscallOperation
    {
        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion) => loop.Buffers.Return(bufferId);
    }
}
