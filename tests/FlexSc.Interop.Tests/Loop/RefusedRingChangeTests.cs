using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Conformance;
using Xunit;

namespace FlexSc.Interop.Tests.Loop;

/// <summary>
/// A change of the ring for which calls in flight do not come back in time. The kernel's thread that polls the ring has to cancel them, and the
/// loop waits for none: mostly it looks before that thread has done so.
/// </summary>
public sealed class RefusedRingChangeTests
{
    private const int MostTried = 10_000;

    private static int LastCpu => ThreadAffinity.AllowedCpus()[^1];

    [SkippableFact]
    public async Task It_is_refused_and_what_is_in_flight_goes_on_where_it_is()
    {
        const int connections = 8;
        using Ring ring = new();
        await ring.UsePollingThreadAsync();
        Receive[] receives = new Receive[connections];
        for (int i = 0; i < connections; i++)
        {
            receives[i] = new Receive(ring.Connect(out Socket client), client);
            await ring.Loop.RunAsync(receives[i].Begin);
        }

        int refusals = 0;
        for (int tried = 0; refusals < 50; tried++)
        {
            Assert.True(tried < MostTried, $"{refusals} of {tried} changes were refused");
            LinuxException? refused = await ring.TryLeavePollingThreadAsync();
            foreach (Receive receive in receives)
            {
                receive.Client.Send([(byte)receive.Sent++]);
            }

            if (refused is null)
            {
                await ring.UsePollingThreadAsync();
                continue;
            }

            refusals++;
            Assert.Equal(Errno.Busy, refused.ErrorNumber);
            Assert.Contains(nameof(SyscallLoopOptions.RingChangeLimitMs), refused.Message, StringComparison.Ordinal);
            Assert.Equal(LastCpu, ring.Loop.ServedBy);
        }

        foreach (Receive receive in receives)
        {
            receive.Client.Shutdown(SocketShutdown.Send);
            byte[] received = await receive.Ended.WaitAsync(LoopFixture.Deadline);
            Assert.Equal(Enumerable.Range(0, receive.Sent).Select(static number => (byte)number), received);
        }

        await ring.EndAsync();
    }

    [SkippableFact]
    public async Task A_call_that_is_cancelled_after_it_stays_cancelled_and_a_later_change_takes_the_others_along()
    {
        using Ring ring = new();
        await ring.UsePollingThreadAsync();
        Receive cancelled = new(ring.Connect(out Socket first), first);
        Receive other = new(ring.Connect(out Socket second), second);
        await ring.Loop.RunAsync(owner => cancelled.Begin(owner) && other.Begin(owner));

        // In the turn of the refusal, before what the change has cancelled is heard of.
        bool isRefused = false;
        for (int tried = 0; !isRefused; tried++)
        {
            Assert.True(tried < MostTried, "no change was refused");
            isRefused = await ring.Loop.RunAsync(owner => Ring.TryServeBy(owner, null) is not null && owner.TryCancel(cancelled, new Ignored()));
            if (!isRefused)
            {
                await ring.UsePollingThreadAsync();
            }
        }

        Assert.Empty(await cancelled.Ended.WaitAsync(LoopFixture.Deadline));
        Assert.Equal(-Errno.Canceled, cancelled.LastResult);
        await ring.LeavePollingThreadAsync();
        second.Send("still here"u8);
        second.Shutdown(SocketShutdown.Send);
        Assert.Equal("still here"u8.ToArray(), await other.Ended.WaitAsync(LoopFixture.Deadline));
        await ring.EndAsync();
    }

    [SkippableFact]
    public async Task A_loop_that_ends_after_it_ends_its_calls()
    {
        for (int round = 0; round < 20; round++)
        {
            using Ring ring = new();
            await ring.UsePollingThreadAsync();
            Receive receive = new(ring.Connect(out Socket client), client);
            await ring.Loop.RunAsync(receive.Begin);
            await ring.TryLeavePollingThreadAsync();
            ring.Loop.Dispose();
            Assert.Empty(await receive.Ended.WaitAsync(LoopFixture.Deadline));
            Assert.Equal(-Errno.Canceled, receive.LastResult);
        }
    }

    /// <summary>A loop on a ring that waits for no call when another one is to take its place, and connections for it.</summary>
    [SkippableFact]
    public async Task Where_nothing_is_in_flight_a_change_waits_for_nothing()
    {
        LoopUnderTest calls = new(
            new LoopVariant(SyscallBackendKind.IoUring).Start(new SyscallLoopOptions { RingChangeLimitMs = SyscallLoopOptions.MaxRingChangeLimitMs }));
        Assert.True(await calls.Loop.RunAsync(static owner =>
        {
            // Within a turn the wake-up is not waited for either, once it has come back; waiting would take the limit each time.
            for (int i = 0; i < 10; i++)
            {
                owner.ServeBy(i % 2 == 0 ? LastCpu : null);
            }

            return true;
        }).WaitAsync(LoopFixture.Deadline));
        await calls.EndAsync();
    }

    private sealed class Ring : IDisposable
    {
        private readonly LoopUnderTest _calls = new(
            new LoopVariant(SyscallBackendKind.IoUring).Start(new SyscallLoopOptions { RingChangeLimitMs = 0, SubmissionPollIdleMs = 1 }));
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _sockets = [];

        public Ring()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
        }

        public SyscallLoop Loop => _calls.Loop;

        public static LinuxException? TryServeBy(SyscallLoop loop, int? cpu)
        {
            try
            {
                loop.ServeBy(cpu);
                return null;
            }
            catch (LinuxException exception)
            {
                return exception;
            }
        }

        /// <summary>A ring that the loop enters gives back at once what is in flight.</summary>
        public async Task UsePollingThreadAsync() => Assert.Null(await Loop.RunAsync(static owner => TryServeBy(owner, LastCpu)));

        public Task<LinuxException?> TryLeavePollingThreadAsync() => Loop.RunAsync(static owner => TryServeBy(owner, null));

        /// <summary>Again and again in one turn: what the first attempt has cancelled comes back, and is not issued again meanwhile.</summary>
        public Task<bool> LeavePollingThreadAsync() => Loop.RunAsync(static owner =>
        {
            long startedAt = Stopwatch.GetTimestamp();
            while (TryServeBy(owner, null) is { } refused)
            {
                Assert.True(Stopwatch.GetElapsedTime(startedAt) < LoopFixture.Deadline, refused.Message);
            }

            return true;
        });

        /// <returns>The loop's side.</returns>
        public int Connect(out Socket client)
        {
            client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            client.Connect(_listener.LocalEndPoint!);
            Socket server = _listener.Accept();
            _sockets.AddRange([client, server]);
            return (int)server.Handle;
        }

        public Task EndAsync() => _calls.EndAsync();

        public void Dispose()
        {
            Loop.Dispose();
            _listener.Dispose();
            _sockets.ForEach(static socket => socket.Dispose());
        }
    }

    /// <summary>Receives until the peer's end, or an error.</summary>
    private sealed unsafe class Receive(int socket, Socket client) : SyscallOperation
    {
        private readonly TaskCompletionSource<byte[]> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<byte> _received = [];

        public Socket Client => client;

        public int Sent { get; set; }

        public long LastResult { get; private set; }

        public Task<byte[]> Ended => _ended.Task;

        public bool Begin(SyscallLoop loop) =>
            loop.TrySubmit(this, SyscallNumber.RecvFrom, EntryFlags.Multishot | EntryFlags.ProvidedBuffer, socket);

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            LastResult = completion.Result;
            if (completion.HasBuffer)
            {
                _received.AddRange(new ReadOnlySpan<byte>(loop.Buffers.AddressOf(completion.BufferId), (int)completion.Result));
                loop.Buffers.Return(completion.BufferId);
            }

            if (!completion.IsTerminal)
            {
                return;
            }

            if (completion.Result <= 0)
            {
                _ended.SetResult([.. _received]);
            }
            else
            {
                Assert.True(Begin(loop));
            }
        }
    }

    private sealed class Ignored : SyscallOperation
    {
        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
        }
    }
}
