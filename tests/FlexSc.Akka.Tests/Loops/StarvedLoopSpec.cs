using System.Threading.Channels;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>A turn that takes long because its thread has no core is not told as its actor's doing; the thread's times are made up.</summary>
public sealed class StarvedLoopSpec : TestKit
{
    private const int GiveUpMs = 200;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly Config Config = ConfigurationFactory.ParseString($$"""
        akka.loglevel = WARNING
        flexsc.loops { count = 1, pin = off, stall-warning-ms = 100, give-up-ms = {{GiveUpMs}} }
        loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
        """);

    private readonly Kernel _kernel;

    public StarvedLoopSpec()
        : this(new Kernel())
    {
    }

    private StarvedLoopSpec(Kernel kernel)
        : base(ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(Config.WithFallback(DefaultConfig)), new ThreadTimesSource(kernel.Read))) =>
        _kernel = kernel;

    [Fact]
    public async Task A_starved_thread_is_told_as_such_and_its_actor_stays()
    {
        TestProbe warnings = CreateTestProbe();
        Sys.EventStream.Subscribe(warnings, typeof(Warning));
        TestProbe events = CreateTestProbe();
        Sys.EventStream.Subscribe(events, typeof(ActorEvicted));
        Sys.EventStream.Subscribe(events, typeof(LoopGivenUp));
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Waiting()).WithDispatcher("loops"));
        using ManualResetEventSlim release = new();
        actor.Tell(release);
        await warnings.FishForMessageAsync(message => TextOf(message).StartsWith("a turn of loop 0 takes more than 100 ms, for", StringComparison.Ordinal), Deadline);

        // Looks over a time for which a loop would be given up, each 50 ms after the one before at the earliest.
        await _kernel.AreReadAsync(2 * GiveUpMs / 50);
        Assert.Empty(FlexEviction.Evicted(Sys));
        Assert.Empty(FlexLoops.GivenUp(Sys));
        Assert.False(events.HasMessages);

        _kernel.IsStarved = false;
        await warnings.FishForMessageAsync(message => TextOf(message).StartsWith($"{actor.Path} has been running for more than 100 ms", StringComparison.Ordinal), Deadline);
        Assert.Equal(actor.Path.ToString(), (await events.ExpectMsgAsync<ActorEvicted>(Deadline)).Path);
        LoopGivenUp givenUp = await events.ExpectMsgAsync<LoopGivenUp>(Deadline);
        Assert.Equal((0, actor.Path.ToString(), "which waits"), (givenUp.Loop, givenUp.Running, givenUp.Reason));
        release.Set();
    }

    private static string TextOf(object message) => message is Warning warning ? warning.Message.ToString()! : "";

    /// <summary>Says of every thread that it is starved, or blocked, since the beginning.</summary>
    private sealed class Kernel
    {
        private readonly long _begin = Environment.TickCount64;
        private readonly Channel<int> _reads = Channel.CreateUnbounded<int>();

        public volatile bool IsStarved = true;

        public ThreadTimes Read(int threadId)
        {
            _reads.Writer.TryWrite(threadId);
            double seconds = (Environment.TickCount64 - _begin) / 1000.0;
            return new ThreadTimes(1, IsStarved ? seconds : 0, 0, 0, 0) { IsReady = IsStarved };
        }

        public async Task AreReadAsync(int times)
        {
            // Those before do not count.
            while (_reads.Reader.TryRead(out _))
            {
            }

            using CancellationTokenSource deadline = new(Deadline);
            for (int i = 0; i < times; i++)
            {
                await _reads.Reader.ReadAsync(deadline.Token);
            }
        }
    }

    private sealed class Waiting : ReceiveActor
    {
        public Waiting() => Receive<ManualResetEventSlim>(static release => release.Wait(Deadline));
    }
}
