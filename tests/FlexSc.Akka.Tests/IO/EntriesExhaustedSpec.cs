using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The application submits calls of its own until no entry is free: what it has with connections goes on.</summary>
public abstract class EntriesExhaustedSpec(string backend) : TcpFixture($"flexsc.loops {{ backend = {backend}, pages = 4 }}")
{
    private const int RecvFrom = 45;

    [SkippableFact]
    public async Task Connections_go_on_and_end_and_all_is_as_before()
    {
        (TestProbe bindHandler, IPEndPoint endpoint) = await BindAsync();
        ActorLoop loop = Assert.Single(LoopGroup.Of(Sys).StartedLoops);
        int usedBefore = await loop.RunAsync(() => Task.FromResult(loop.Loop.UsedEntries));
        using TcpPair kept = await ConnectAsync(bindHandler, endpoint);
        using TcpPair ended = await ConnectAsync(bindHandler, endpoint);
        using TcpPair reset = await ConnectAsync(bindHandler, endpoint);

        // Receives of a socket that nobody sends to.
        using Socket silent = new(SocketType.Dgram, ProtocolType.Udp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using Memory memory = new();
        List<Waiting> taken = await loop.RunAsync(() => Task.FromResult(TakeAll(loop.Loop, (int)silent.Handle, memory)));
        Assert.True(taken.Count > 100, $"{taken.Count} entries were there to take");

        // What there is goes on: send, receive, close, a peer's end, a reset.
        await kept.Peer.SendAsync("before"u8.ToArray());
        Assert.Equal("before", (await kept.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        kept.Connection.Tell(Tcp.Write.Create(ByteString.FromString("after")), kept.Handler);
        Assert.Equal("after"u8.ToArray(), await ReceiveExactlyAsync(kept.Peer, 5));
        ended.Connection.Tell(Tcp.Close.Instance, ended.Handler);
        await ended.Handler.ExpectMsgAsync<Tcp.Closed>(Deadline);
        Assert.Equal(SocketError.Success, await ReceiveEndAsync(ended.Peer));
        reset.Connection.Tell(Tcp.Abort.Instance, reset.Handler);
        await reset.Handler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(reset.Peer));

        // What the two that ended had set aside lets two others in; the next is refused with a reset, and a Connect with an answer.
        using TcpPair another = await ConnectAsync(bindHandler, endpoint);
        using TcpPair last = await ConnectAsync(bindHandler, endpoint);
        using Socket refused = new(SocketType.Stream, ProtocolType.Tcp);
        Assert.Equal(SocketError.ConnectionReset, await ConnectToEndAsync(refused, endpoint));
        TestProbe connector = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Connect(endpoint), connector);
        await connector.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);

        // A cancellation needs an entry, too.
        last.Connection.Tell(Tcp.Abort.Instance, last.Handler);
        await last.Handler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
        await loop.RunAsync(() => Task.FromResult(CancelAll(loop.Loop, taken)));
        await Task.WhenAll(taken.Select(waiting => waiting.Ended.Task)).WaitAsync(Deadline);
        using TcpPair afterwards = await ConnectAsync(bindHandler, endpoint);
        await afterwards.Peer.SendAsync("again"u8.ToArray());
        Assert.Equal("again", (await afterwards.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        foreach (TcpPair pair in new[] { kept, another, afterwards })
        {
            pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
        }

        await AssertNothingIsLeftAsync();
        await AwaitAssertAsync(
            async () => Assert.Equal(usedBefore, await loop.RunAsync(() => Task.FromResult(loop.Loop.UsedEntries))), Deadline);
    }

    private static List<Waiting> TakeAll(SyscallLoop loop, int socket, Memory memory)
    {
        List<Waiting> taken = [];
        for (Waiting waiting = new(); loop.TrySubmit(waiting, RecvFrom, argument0: socket, argument1: memory.Address, argument2: 8); waiting = new())
        {
            taken.Add(waiting);
        }

        return taken;
    }

    private static bool CancelAll(SyscallLoop loop, List<Waiting> taken)
    {
        foreach (Waiting waiting in taken)
        {
            waiting.CancelWith(loop);
        }

        return true;
    }

    private sealed class Memory : IDisposable
    {
        public nint Address { get; } = System.Runtime.InteropServices.Marshal.AllocHGlobal(8);

        public void Dispose() => System.Runtime.InteropServices.Marshal.FreeHGlobal(Address);
    }

    /// <summary>A receive that ends when it is cancelled; it asks again until an entry is there for that.</summary>
    private sealed class Waiting : SyscallOperation
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void CancelWith(SyscallLoop loop)
        {
            if (!Ended.Task.IsCompleted && !loop.TryCancel(this, new Ignored()))
            {
                loop.StartTimer(new Retry(this), delayMs: 1);
            }
        }

        protected override void OnCompleted(SyscallLoop loop, in Completion completion) => Ended.TrySetResult();
    }

    private sealed class Ignored : SyscallOperation
    {
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
        }
    }

    private sealed class Retry(Waiting waiting) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => waiting.CancelWith(loop);
    }
}

public sealed class EntriesExhaustedOnIoUringSpec() : EntriesExhaustedSpec("io-uring");

public sealed class EntriesExhaustedOnInlineCallsSpec() : EntriesExhaustedSpec("syscall-threads");
