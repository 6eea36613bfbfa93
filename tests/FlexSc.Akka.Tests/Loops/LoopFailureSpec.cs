using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.IO;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>What throws on a loop does not end it; and what follows when its backend does.</summary>
public abstract class LoopFailureSpec(string backend, string answer) : TcpFixture(
    $"flexsc.loops {{ backend = {backend}, count = 2, on-loop-failure = {answer} }}")
{
    [SkippableFact]
    public async Task A_timer_that_throws_is_logged_and_the_loop_goes_on()
    {
        (TestProbe bindHandler, IPEndPoint endpoint) = await BindAsync();
        ActorLoop loop = LoopGroup.Of(Sys).StartedLoops[0];
        await EventFilter.Exception<InvalidOperationException>(contains: "as told").ExpectOneAsync(async () =>
            await loop.RunAsync(() =>
            {
                loop.Loop.StartTimer(new FailingTimer(), delayMs: 0);
                return Task.FromResult(true);
            }));
        using TcpPair pair = await ConnectAsync(bindHandler, endpoint);
        Assert.Equal(1, loop.Loop.CallbackFailures);
    }

    [SkippableFact]
    public async Task A_loop_that_dies_takes_its_sockets_along_and_nothing_hangs()
    {
        HashSet<int> before = LoopDescriptors.Of(backend);
        (TestProbe bindHandler, IPEndPoint endpoint) = await BindAsync();
        int[] descriptors = [.. LoopDescriptors.Of(backend).Except(before).Order()];
        Assert.Equal(2, descriptors.Length);

        // A connection of each loop, an actor of each, and one call in flight on each.
        using TcpPair first = await ConnectAsync(bindHandler, endpoint);
        using TcpPair second = await ConnectAsync(bindHandler, endpoint);
        IReadOnlyList<ActorLoop> loops = LoopGroup.Of(Sys).StartedLoops;
        IActorRef[] actors = [.. Enumerable.Range(0, 2).Select(_ => Sys.ActorOf(Props.Create(() => new Answering()).WithDispatcher(FlexTcpExt.DispatcherId)))];
        int[] livesOn = await Task.WhenAll(actors.Select(actor => actor.Ask<int>("loop", Deadline)));
        Assert.Equal([0, 1], livesOn.Order());
        // The loops were made in order, and so were what they wait on. The listener lives on the second one.
        ActorLoop victim = loops[answer == "terminate" ? 1 : 0];
        Task<bool> waiting = victim.RunAsync(async () =>
        {
            await victim.DelayAsync(int.MaxValue);
            return true;
        });
        LoopDescriptors.Replace(descriptors[victim.Index]);

        // False where the loop was not asleep yet and has found out by itself.
        victim.TrySchedule(new Nothing());
        await Assert.ThrowsAnyAsync<Exception>(() => victim.Loop.Ended.WaitAsync(Deadline));
        await Assert.ThrowsAsync<InvalidOperationException>(() => waiting.WaitAsync(Deadline));

        TcpPair dead = ConnectionLoop(first.Connection) == victim ? first : second;
        TcpPair other = dead == first ? second : first;
        await ReceiveEndAsync(dead.Peer);
        await dead.Handler.FishForMessageAsync(message => message is Tcp.ConnectionClosed, Deadline);

        if (answer == "terminate")
        {
            await Sys.WhenTerminated.WaitAsync(Deadline);
            await loops[0].Loop.Ended.WaitAsync(Deadline);
            await ReceiveEndAsync(other.Peer);
            Assert.False(await CanConnectAsync(endpoint), "the kernel still accepts");
        }
        else
        {
            // Both actors go on, where the other loop lives; its connection is untouched.
            int[] now = await Task.WhenAll(actors.Select(actor => actor.Ask<int>("loop", Deadline)));
            Assert.Equal([1, 1], now);
            await other.Peer.SendAsync("still here"u8.ToArray());
            Assert.Equal("still here", (await other.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
            await Sys.Terminate().WaitAsync(Deadline);
        }
    }

    private static ActorLoop ConnectionLoop(IActorRef connection) => ((TcpConnection)connection).ActorLoop;

    private static async Task<bool> CanConnectAsync(IPEndPoint endpoint)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private sealed class FailingTimer : LoopTimer
    {
        protected override void OnDue(SyscallLoop loop) => throw new InvalidOperationException("as told");
    }

    private sealed class Nothing : IRunnable
    {
        public void Execute() => Run();

        public void Run()
        {
        }
    }

    private sealed class Answering : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(ActorLoop.Current?.Index ?? -1);
    }
}

public sealed class LoopFailureOnIoUringSpec() : LoopFailureSpec("io-uring", "terminate");

public sealed class LoopFailureOnInlineCallsSpec() : LoopFailureSpec("syscall-threads", "terminate");

public sealed class LoopFailureThatGoesOnWithIoUringSpec() : LoopFailureSpec("io-uring", "continue");

public sealed class LoopFailureThatGoesOnWithInlineCallsSpec() : LoopFailureSpec("syscall-threads", "continue");
