using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The end goes on whatever fails on the way.</summary>
public abstract class TearDownSpec(string config) : TcpFixture("flexsc.loops.pages = 4\n" + config)
{
    [Fact]
    public async Task A_step_that_finds_no_entry_is_taken_again()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair idle = await ConnectAsync(bind, endpoint, register: false);
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await pair.Connection.Ask<ActorIdentity>(new Identify("registered"), Deadline);
        ActorLoop loop = Extension.Group.StartedLoops[0];
        int socket = ((FlexSc.Akka.IO.TcpConnection)idle.Connection).Socket;

        // Every entry, also those set aside, waits for the idle peer's end; so long nothing can be cancelled or closed.
        int taken = await loop.RunAsync(() =>
        {
            int count = 0;
            while (loop.Loop.TryAwaitEnd(new Ignored { UsesReservedEntry = true }, socket, peerEnd: true))
            {
                count++;
            }

            pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
            return Task.FromResult(count);
        });
        Assert.InRange(taken, 100, 256);

        // Timers of one time fire in order: when ours does, the connection has tried again.
        TaskCompletionSource triedAgain = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await loop.RunAsync(() =>
        {
            loop.Loop.StartTimer(new Signal(triedAgain), 2 * FlexSc.Akka.IO.TcpControl.RetryMs);
            return Task.FromResult(0);
        });
        await triedAgain.Task.WaitAsync(Deadline);
        Assert.False(pair.Handler.HasMessages, "something was told");
        idle.Peer.Shutdown(SocketShutdown.Send);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(pair.Peer));
        idle.Connection.Tell(Tcp.Abort.Instance, bind);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Recipients_that_refuse_hold_up_neither_the_end_nor_the_others()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        RecordingRef refusing = new(Sys) { Refuses = true };
        RecordingRef watcher = new(Sys);
        pair.Connection.Tell(new Tcp.Register(refusing), bind);
        ((IInternalActorRef)pair.Connection).SendSystemMessage(new Watch((IInternalActorRef)pair.Connection, new RecordingRef(Sys) { Refuses = true }));
        ((IInternalActorRef)pair.Connection).SendSystemMessage(new Watch((IInternalActorRef)pair.Connection, watcher));
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[50_000_000])), refusing);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("behind")), pair.Handler);
        pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
        await AssertNothingIsLeftAsync();
        await AwaitAssertAsync(() => Assert.Single(watcher.Terminated), Deadline);
    }

    [Fact]
    public async Task Whoever_watches_after_the_loops_end_is_told()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Task ended = FlexLoops.WhenEnded(Sys);
        await Sys.Terminate().WaitAsync(Deadline);
        await ended.WaitAsync(Deadline);
        for (int i = 0; i < 10; i++)
        {
            RecordingRef watcher = new(Sys);
            ((IInternalActorRef)pair.Connection).SendSystemMessage(new Watch((IInternalActorRef)pair.Connection, watcher));
            Assert.Equal(pair.Connection, Assert.Single(watcher.Terminated));
        }
    }

    private sealed class Ignored : SyscallOperation
    {
        protected override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
        }
    }

    private sealed class Signal(TaskCompletionSource due) : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => due.SetResult();
    }

    private sealed class RecordingRef(ActorSystem system) : MinimalActorRef
    {
        private readonly List<IActorRef> _terminated = [];

        public bool Refuses { get; init; }

        public IReadOnlyList<IActorRef> Terminated
        {
            get
            {
                lock (_terminated)
                {
                    return [.. _terminated];
                }
            }
        }

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / "recording" / Guid.NewGuid().ToString("N");

        public override IActorRefProvider Provider => ((ExtendedActorSystem)system).Provider;

        public override void SendSystemMessage(ISystemMessage message)
        {
            if (message is not DeathWatchNotification notification)
            {
                return;
            }

            if (Refuses)
            {
                throw new InvalidOperationException("refused on purpose");
            }

            lock (_terminated)
            {
                _terminated.Add(notification.Actor);
            }
        }

        protected override void TellInternal(object message, IActorRef sender)
        {
            if (Refuses)
            {
                throw new InvalidOperationException("refused on purpose");
            }
        }
    }
}

public sealed class TearDownOnIoUringSpec() : TearDownSpec("");

public sealed class TearDownOnInlineCallsSpec() : TearDownSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
