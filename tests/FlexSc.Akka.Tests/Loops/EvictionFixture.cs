using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.Loops;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>One loop that evicts actors early, and actors that say where they run, block or compute.</summary>
public abstract class EvictionFixture(string dispatcher, int stallWarningMs, bool automatic = true, string pin = "off") : TestKit(ConfigurationFactory.ParseString($$"""
    akka.loglevel = WARNING
    akka.test.single-expect-default = 30s
    flexsc.loops { count = 1, pin = {{pin}}, stall-warning-ms = {{stallWarningMs}} }
    flexsc.eviction { automatic = {{(automatic ? "on" : "off")}}, slow-run-ms = 10, slow-runs = 3, waiting-run-ms = 3, window-ms = 3600000, clean-period-ms = 100, waiting-threads = 2 }
    loops { {{dispatcher}} }
    staying {
      type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
      evict = off
    }
    """))
{
    protected const string Dispatcher = """type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """;

    protected const string DispatcherWithLoopMailbox = $"""
        {Dispatcher}
        mailbox-type = "FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka"
        """;

    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    protected IActorRef Create(string dispatcherId = "loops") => Sys.ActorOf(Props.Create(() => new Worker()).WithDispatcher(dispatcherId));

    protected static Task<bool> IsOnLoopAsync(IActorRef actor) => actor.Ask<bool>(Question.IsOnLoop, Deadline);

    /// <summary>Waits until an actor has moved: a run that is under way may take in further messages where it is.</summary>
    protected static async Task RunsOnLoopAsync(IActorRef actor, bool expected)
    {
        while (await IsOnLoopAsync(actor) != expected)
        {
        }
    }

    protected TestProbe Subscribe<T>()
    {
        TestProbe probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe, typeof(T));
        return probe;
    }

    protected enum Question
    {
        IsOnLoop,
        WhenAllCame,
    }

    protected sealed record WaitFor(ManualResetEventSlim Release);

    protected sealed record Compute(int Milliseconds);

    protected sealed record Sleep(int Milliseconds);

    protected sealed record Numbered(int Sender, int Number);

    /// <summary>Does the same, and is of another class.</summary>
    protected sealed class OtherWorker : Worker;

    protected class Worker : ReceiveActor
    {
        public Worker()
        {
            Receive<Sleep>(message =>
            {
                Thread.Sleep(message.Milliseconds);
                Sender.Tell(true);
            });
            Receive<WaitFor>(message => message.Release.Wait(Deadline));
            Receive<Question>(_ => Sender.Tell(ActorLoop.Current is not null));
            Receive<Compute>(message =>
            {
                long start = Stopwatch.GetTimestamp();
                while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < message.Milliseconds)
                {
                }

                Sender.Tell(true);
            });
        }
    }
}
