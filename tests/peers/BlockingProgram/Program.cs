using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Dispatch;
using FlexSc.Peers;
using FlexSc.Peers.Blocking;

// A whole program on the default dispatcher: actors that block on purpose among actors that do not. Prints how long it took, and what FlexSC
// did meanwhile.
string actors = PeerHost.Option(args, "--dispatcher", "akka-io");
string kind = PeerHost.Option(args, "--kind", "mix");
int milliseconds = Number("--block-ms", "20");
int blocking = Number("--blocking", "50");
int blockTimes = Number("--block-times", "10");
int computing = Number("--computing", "100");
int computeTimes = Number("--compute-times", "2000");
using ActorSystem system = ActorSystem.Create("program", ConfigurationFactory.ParseString(SocketsByConfiguration.Of(actors)));
string directory = Directory.CreateTempSubdirectory("flexsc-blocking").FullName;
try
{
    TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One kind has no actor that blocks: half of those that compute do all the work.
    bool isUneven = kind == "uneven";
    (Action, int)[] workers =
    [
        .. Enumerable.Range(0, isUneven ? 0 : blocking).Select(index =>
        {
            string own = kind == "mix" ? Work.Kinds[index % Work.Kinds.Length] : kind;
            string file = Path.Combine(directory, index.ToString(CultureInfo.InvariantCulture));
            return ((Action)(() => Work.Block(own, milliseconds, file)), blockTimes);
        }),
        .. Enumerable.Range(0, computing).Select(index => ((Action)Work.Compute, !isUneven ? computeTimes : index % 2 == 0 ? 2 * computeTimes : 1)),
    ];
    long start = Stopwatch.GetTimestamp();
    IActorRef foreman = system.ActorOf(Props.Create(() => new Foreman(workers, done)));
    foreman.Tell("begin");
    await done.Task.ConfigureAwait(false);
    Console.WriteLine(JsonSerializer.Serialize(new
    {
        Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
        CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
        PoolThreads = ThreadPool.ThreadCount,
        Evicted = FlexEviction.Evicted(system).Count,
    }));
    await system.Terminate().ConfigureAwait(false);
}
finally
{
    Directory.Delete(directory, recursive: true);
}

int Number(string name, string defaultValue) => int.Parse(PeerHost.Option(args, name, defaultValue), CultureInfo.InvariantCulture);
