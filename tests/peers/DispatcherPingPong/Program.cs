using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.IO;
using FlexSc.Peers.DispatcherPingPong;

// Two actors tell each other one message, several pairs at once, on each dispatcher in turn. Arguments: ROUNDS PAIRS MILLISECONDS.
const string Default = "akka.actor.default-dispatcher";
const string ForkJoin = "fork-join";
const string Channel = "channel";
const string Configuration = """
    akka.loglevel = WARNING
    fork-join { type = ForkJoinDispatcher, throughput = 64, dedicated-thread-pool.thread-count = 2 }
    channel { executor = channel-executor, throughput = 64 }
    """;

int rounds = int.Parse(args[0], CultureInfo.InvariantCulture);
int pairs = int.Parse(args[1], CultureInfo.InvariantCulture);
TimeSpan duration = TimeSpan.FromMilliseconds(int.Parse(args[2], CultureInfo.InvariantCulture));
const string OneLoop = "flexsc.loops.placement = parent\n";
using ActorSystem spread = ActorSystem.Create("spread", ConfigurationFactory.ParseString(Configuration));
using ActorSystem together = ActorSystem.Create("together", ConfigurationFactory.ParseString(OneLoop + Configuration));
_ = FlexTcp.For(spread);
_ = FlexTcp.For(together);

// A pair whose actors live on two loops wakes the other loop for each message: both are told. Actors that are made outside of
// the loops go to them in turn, so that a pair made there is parted; those of the other system stay where their parent is.
(string Name, ActorSystem System, string Dispatcher, bool IsParted)[] ways =
[
    (Default, spread, Default, false),
    (ForkJoin, spread, ForkJoin, false),
    (Channel, spread, Channel, false),
    ("flexsc.dispatcher, a pair on one loop", together, FlexTcpExt.DispatcherId, false),
    ("flexsc.dispatcher, a pair on two loops", spread, FlexTcpExt.DispatcherId, true),
];

// One more round first, which compiles and is not told.
for (int round = 0; round <= rounds; round++)
{
    foreach ((string dispatcher, ActorSystem system, string id, bool isParted) in ways)
    {
        PingPongFigures figures = await MeasureAsync(system, id, isParted).ConfigureAwait(false);
        if (round > 0)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { dispatcher, figures.MessagesPerSecond, figures.AllocatedBytesPerMessage }));
        }
    }
}

async Task<PingPongFigures> MeasureAsync(ActorSystem system, string dispatcher, bool isParted)
{
    PingPongRun run = new(pairs);
    IActorRef[] starters = [.. Enumerable.Range(0, pairs).Select(_ => Pair(system, run, dispatcher, isParted))];
    foreach (IActorRef starter in starters)
    {
        starter.Tell(Ball.Start);
    }

    // Mailboxes grow at the beginning.
    await Task.Delay(100).ConfigureAwait(false);
    long messagesBefore = run.Messages;
    long allocatedBefore = GC.GetTotalAllocatedBytes(precise: true);
    long start = Stopwatch.GetTimestamp();
    await Task.Delay(duration).ConfigureAwait(false);
    long messages = run.Messages - messagesBefore;
    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    long allocated = GC.GetTotalAllocatedBytes(precise: true) - allocatedBefore;
    run.IsOver = true;
    await run.AllStopped.WaitAsync(TimeSpan.FromSeconds(20)).ConfigureAwait(false);
    return new PingPongFigures(messages / seconds, (double)allocated / Math.Max(1, messages));
}

static IActorRef Pair(ActorSystem system, PingPongRun run, string dispatcher, bool isParted)
{
    IActorRef? other = isParted ? system.ActorOf(Player.Props(run, dispatcher, isStarter: false)) : null;
    return system.ActorOf(Player.Props(run, dispatcher, isStarter: true, other));
}
