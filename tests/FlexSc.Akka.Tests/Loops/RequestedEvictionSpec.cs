using System.Diagnostics;
using Akka.Actor;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

/// <summary>An application moves actors off their loop and back by itself.</summary>
public abstract class RequestedEvictionSpec(string dispatcher) : EvictionFixture(dispatcher, stallWarningMs: 0, automatic: false)
{
    [Fact]
    public async Task Moves_change_no_order_and_no_handler_runs_in_two_places()
    {
        const int senders = 3;
        const int messages = 20_000;
        IActorRef checker = Sys.ActorOf(Props.Create(() => new OrderChecker(senders * messages)).WithDispatcher("loops"));
        Task<bool> done = checker.Ask<bool>(Question.WhenAllCame, Deadline);

        // The first move is before the first message: on a busy machine all may have come before the second.
        await AwaitConditionAsync(() => Task.FromResult(FlexEviction.Evict(checker)), Deadline);
        Task[] sending = [.. Enumerable.Range(0, senders).Select(sender => Task.Run(() =>
        {
            for (int i = 0; i < messages; i++)
            {
                checker.Tell(new Numbered(sender, i));
            }
        }))];
        while (!done.IsCompleted)
        {
            FlexEviction.Return(checker);
            await Task.Yield();
            FlexEviction.Evict(checker);
        }

        await Task.WhenAll(sending);
        Assert.True(await done);
    }

    [Fact]
    public async Task One_who_has_ended_is_forgotten()
    {
        IActorRef actor = Create();
        await IsOnLoopAsync(actor);
        Assert.True(FlexEviction.Evict(actor));
        Assert.False(FlexEviction.Evict(actor));
        await RunsOnLoopAsync(actor, expected: false);
        await actor.GracefulStop(Deadline);
        await AwaitConditionAsync(() => Task.FromResult(FlexEviction.Evicted(Sys).Count == 0), Deadline);
        Assert.False(FlexEviction.Evict(actor));
        Assert.False(FlexEviction.Return(actor));
    }

    [Fact]
    public async Task One_who_was_asked_away_stays_away_until_it_is_asked_back()
    {
        TestProbe returns = Subscribe<ActorReturned>();
        IActorRef actor = Create();
        Assert.True(await IsOnLoopAsync(actor));
        Assert.True(FlexEviction.Evict(actor));
        await RunsOnLoopAsync(actor, expected: false);
        Stopwatch away = Stopwatch.StartNew();
        do
        {
            Assert.False(await IsOnLoopAsync(actor));
        }
        while (away.ElapsedMilliseconds < 200);
        Assert.True(FlexEviction.Return(actor));
        await returns.ExpectMsgAsync<ActorReturned>(Deadline);
        await RunsOnLoopAsync(actor, expected: true);
    }

    private sealed class OrderChecker : ReceiveActor
    {
        private readonly Dictionary<int, int> _next = [];
        private IActorRef _asker = ActorRefs.Nobody;
        private int _running;
        private int _left;
        private bool _isRight = true;

        public OrderChecker(int expected)
        {
            _left = expected;
            Receive<Question>(_ => _asker = Sender);
            Receive<Numbered>(message =>
            {
                _isRight &= Interlocked.Increment(ref _running) == 1;
                _isRight &= _next.GetValueOrDefault(message.Sender) == message.Number;
                _next[message.Sender] = message.Number + 1;
                if (--_left == 0)
                {
                    _asker.Tell(_isRight);
                }

                Interlocked.Decrement(ref _running);
            });
        }
    }
}

public sealed class RequestedEvictionOfDispatcherSpec() : RequestedEvictionSpec(Dispatcher);

public sealed class RequestedEvictionOfLoopMailboxSpec() : RequestedEvictionSpec(DispatcherWithLoopMailbox);
