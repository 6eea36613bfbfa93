using System.Net;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Output that is flushed while its connection comes to rest, with no send under way that would take it along.</summary>
public abstract class FlushWhileMovingSpec(string backend) : TcpFixture(
    $"flexsc.loops {{ backend = {backend}, count = 2, turn-budget-us = 100000 }}")
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_leaves_when_the_connection_goes_on_there_or_where_it_was(bool isCalledOff)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TcpConnection connection = (TcpConnection)pair.Connection;
        TcpOutput output = FlexTcp.OutputOf(connection);
        bool wasHalted = false;
        for (int attempt = 0; attempt < 100 && !wasHalted; attempt++)
        {
            ActorLoop home = connection.ActorLoop;
            ActorLoop target = Extension.Group.StartedLoops[1 - home.Index];
            using LoopHold beforeRoom = await HoldAsync(target);
            Task<string?> moving = connection.MoveAsync(target);

            // Once the loop has acted on that, it has asked the other one for room.
            await home.RunAsync(static () => Task.FromResult(0));
            using LoopHold beforeRest = await HoldAsync(home);
            beforeRoom.Dispose();

            // Once that loop has acted, its answer waits for this one; and behind it what flushes. The next turn has both, before it cancels the
            // receive; unless something takes the loop's core for so long that its turn is over between them.
            await target.RunAsync(static () => Task.FromResult(0));
            Task<bool> flushing = home.RunAsync(() =>
            {
                if (!connection.IsHalted)
                {
                    return Task.FromResult(false);
                }

                Assert.True(connection.Receiver.Operation.IsPending);
                "flushed"u8.CopyTo(output.GetSpan(7));
                output.Advance(7);
                output.Flush();
                if (isCalledOff)
                {
                    connection.OnMoveLimit();
                }

                return Task.FromResult(true);
            });
            beforeRest.Dispose();
            wasHalted = await flushing.WaitAsync(Deadline);
            string? refusal = await moving.WaitAsync(Deadline);
            Assert.Equal(isCalledOff && wasHalted ? home : target, connection.ActorLoop);
            Assert.Equal(isCalledOff && wasHalted, refusal is not null);
        }

        Assert.True(wasHalted, "it never came to rest in the same turn");
        Assert.Equal("flushed"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 7));
        await AwaitConditionAsync(() => Task.FromResult(output.UnsentBytes == 0), Deadline);
    }

    private static async Task<LoopHold> HoldAsync(ActorLoop loop)
    {
        LoopHold hold = new();
        Assert.True(loop.TrySchedule(hold));
        await hold.Reached.WaitAsync(Deadline);
        return hold;
    }
}

public sealed class FlushWhileMovingOnIoUringSpec() : FlushWhileMovingSpec("auto");

public sealed class FlushWhileMovingOnSyscallThreadsSpec() : FlushWhileMovingSpec("syscall-threads");
