using System.Diagnostics;
using System.Net;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The orderly end while loops are held up, which are not given up yet.</summary>
public sealed class DrainWithHeldLoopsSpec() : TcpFixture($"flexsc.loops {{ count = {Loops}, socket-close-limit-ms = {LimitMs} }}")
{
    private const int Loops = 8;
    private const int LimitMs = 2_000;

    /// <summary>One limit each for accepting and for connections, and a while for the machine; less than one limit for each loop.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(5 * LimitMs);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_comes_to_its_end_and_tells_what_is_left(bool isAcceptingHeld)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        ActorLoop accepting = await AcceptingLoopAsync();
        List<TcpPair> pairs = [];
        List<LoopHold> holds = [];
        try
        {
            for (int i = 0; i < Loops; i++)
            {
                pairs.Add(await ConnectAsync(bind, endpoint));
            }

            int held = 0;
            foreach (ActorLoop loop in Extension.Group.StartedLoops.Where(loop => isAcceptingHeld || loop != accepting))
            {
                LoopHold hold = new();
                holds.Add(hold);
                Assert.True(loop.TrySchedule(hold));
                await hold.Reached.WaitAsync(Deadline);
                held += pairs.Count(pair => ((TcpConnection)pair.Connection).ActorLoop == loop);
            }

            TestProbe events = CreateTestProbe();
            Sys.EventStream.Subscribe(events, typeof(TcpDraining));
            long begun = Stopwatch.GetTimestamp();
            Task<TcpDrained> draining = Extension.DrainAsync(TimeSpan.Zero);
            await events.ExpectMsgAsync<TcpDraining>(Deadline);
            pairs.ForEach(static pair => pair.Peer.Shutdown(System.Net.Sockets.SocketShutdown.Send));
            TcpDrained drained = await draining.WaitAsync(Deadline);
            Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, Most);
            Assert.Equal((Loops, held), (drained.Open, drained.Left));
        }
        finally
        {
            holds.ForEach(static hold => hold.Dispose());
            pairs.ForEach(static pair => pair.Dispose());
        }

        await AssertNothingIsLeftAsync();
    }

    private async Task<ActorLoop> AcceptingLoopAsync()
    {
        foreach (ActorLoop loop in Extension.Group.StartedLoops)
        {
            if (await loop.RunAsync(() => Task.FromResult(loop.Members.OfType<TcpAcceptor>().Any())))
            {
                return loop;
            }
        }

        throw new InvalidOperationException("no loop accepts");
    }
}
