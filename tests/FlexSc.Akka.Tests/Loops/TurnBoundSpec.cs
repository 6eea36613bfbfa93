using System.Diagnostics;
using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>An actor whose messages take long goes on in the next turn, whatever its queue is.</summary>
public abstract class TurnBoundSpec(string mailbox) : FlexScSpec(ConfigurationFactory.ParseString($$"""
    akka.loglevel = WARNING
    flexsc.loops { count = 1, pin = off, turn-budget-us = 200 }
    flexsc.eviction.automatic = off
    loops {
      type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
      throughput = 64
      {{mailbox}}
    }
    """))
{
    private const int MessageMicroseconds = 500;
    private const int Messages = 2_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Messages before the loop knows that they take long.</summary>
    protected virtual int MessagesToLearn => 0;

    /// <summary>Messages of one turn from then on.</summary>
    protected virtual int MostInOneTurn => 1;

    [Fact]
    public async Task Slow_messages_do_not_fill_a_turn()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Slow()).WithDispatcher("loops"));
        for (int i = 0; i < Messages; i++)
        {
            actor.Tell(MessageMicroseconds, ActorRefs.NoSender);
        }

        List<int> perTurn = await actor.Ask<List<int>>("turns", Deadline);
        Assert.Equal(Messages, perTurn.Sum());
        int learning = 0;
        int afterwards = perTurn.SkipWhile(count => (learning += count) <= MessagesToLearn).DefaultIfEmpty().Max();
        Assert.InRange(afterwards, 1, MostInOneTurn);
    }

    [Fact]
    public async Task Quick_messages_run_together()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Slow()).WithDispatcher("loops"));
        long start = Stopwatch.GetTimestamp();
        int most;
        do
        {
            // All of them wait when the actor begins, because a message before keeps it busy for long enough. A loop that loses its core
            // while they run ends the turn, so it is tried again.
            actor.Tell(50_000, ActorRefs.NoSender);
            for (int i = 0; i < 256; i++)
            {
                actor.Tell(0, ActorRefs.NoSender);
            }

            most = (await actor.Ask<List<int>>("turns", Deadline)).Max();
        }
        while (most < 32 && Stopwatch.GetElapsedTime(start) < Deadline);
        Assert.True(most >= 32, $"quick messages ran {most} in a turn at the most");
    }

    [Fact]
    public async Task Another_actor_has_its_turn_between_slow_messages()
    {
        const int MessagesInFlight = 64;
        int questions = MessagesToLearn + 200;
        IActorRef other = Sys.ActorOf(Props.Create(() => new Waiting(questions, TestActor)).WithDispatcher("loops"));
        IActorRef hog = Sys.ActorOf(Props.Create(() => new Hog(other)).WithDispatcher("loops"));
        for (int i = 0; i < MessagesInFlight; i++)
        {
            hog.Tell(MessageMicroseconds);
        }

        // In the hog's messages, and not by a clock, which would count what the machine does besides.
        int[] waited = [.. (await ExpectMsgAsync<IReadOnlyList<int>>(Deadline)).Skip(MessagesToLearn).Order()];
        Sys.Stop(hog);
        Assert.InRange(waited[waited.Length / 2], 0, MostInOneTurn);
    }

    private sealed class Slow : UntypedActor
    {
        private readonly List<int> _perTurn = [];
        private long _turn = -1;

        protected override void OnReceive(object message)
        {
            if (message is string)
            {
                Sender.Tell(_perTurn.ToList());
                _perTurn.Clear();
                return;
            }

            long turn = ActorLoop.Current!.Loop.Turns;
            if (turn != _turn || _perTurn.Count == 0)
            {
                _turn = turn;
                _perTurn.Add(0);
            }

            _perTurn[^1]++;
            Spin((int)message);
        }
    }

    /// <summary>Always has messages, and tells another actor after each how many it has handled.</summary>
    private sealed class Hog(IActorRef other) : UntypedActor
    {
        private readonly StrongBox<int> _handled = new();

        protected override void OnReceive(object message)
        {
            Spin((int)message);
            _handled.Value++;
            other.Tell((_handled, _handled.Value));
            Self.Tell(message);
        }
    }

    /// <summary>How many messages of the hog came between what it told and its being handled here; both on one loop.</summary>
    private sealed class Waiting(int questions, IActorRef probe) : UntypedActor
    {
        private readonly List<int> _waited = [];

        protected override void OnReceive(object message)
        {
            (StrongBox<int> now, int told) = ((StrongBox<int>, int))message;
            _waited.Add(now.Value - told);
            if (_waited.Count == questions)
            {
                probe.Tell(_waited);
            }
        }
    }

    private static void Spin(int microseconds)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < microseconds)
        {
        }
    }
}

public sealed class TurnBoundWithLoopMailboxSpec() : TurnBoundSpec("""mailbox-type = "FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka" """);

public sealed class TurnBoundWithUnboundedMailboxSpec() : TurnBoundSpec("")
{
    // The first run has all that the dispatcher's throughput allows, and so may the one in which the loop begins to time runs.
    protected override int MessagesToLearn => 200;

    // Akka.NET's mailbox handles two, however few it is told.
    protected override int MostInOneTurn => 2;
}
