using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.Persistence;
using FlexSc.Akka.IO;
using Xunit;

namespace FlexSc.Akka.Tests.Dispatch;

/// <summary>What Akka.NET's own dispatcher gives an actor, an actor on the loops has as well: whatever mailbox it requires.</summary>
public abstract class StandardFeaturesSpec(string dispatcher, string config) : FlexScSpec(ConfigurationFactory.ParseString(config + """

    akka.loglevel = WARNING
    akka.actor.serialize-messages = on
    akka.actor.serialize-creators = on
    akka.test.single-expect-default = 30s
    flexsc.loops { count = 1, pin = off }
    bounded { mailbox-type = "Akka.Dispatch.BoundedMailbox, Akka", mailbox-capacity = 4, mailbox-push-timeout-time = 60s }
    own { mailbox-type = "FlexSc.Akka.Tests.Dispatch.OwnMailbox, FlexSc.Akka.Tests" }
    akka.actor.mailbox.bounded-queue-based { mailbox-capacity = 4, mailbox-push-timeout-time = 0s }
    akka.actor.mailbox.requirements."FlexSc.Akka.Tests.Dispatch.IOwnSemantics, FlexSc.Akka.Tests" = own
    """))
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_stash_of_either_kind_keeps_the_order()
    {
        _ = FlexTcp.For(Sys);
        foreach (Props props in (Props[])[Props.Create(() => new Stashing()), Props.Create(() => new UnboundedStashing())])
        {
            IActorRef actor = Create(props);
            for (int i = 0; i < 5; i++)
            {
                actor.Tell(i);
            }

            actor.Tell("open");
            Assert.Equal("0,1,2,3,4", await actor.Ask<string>("seen", Deadline));
            Assert.Contains("-flexsc-", await actor.Ask<string>("thread", Deadline), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_queue_of_the_applications_own_is_the_one_it_requires()
    {
        _ = FlexTcp.For(Sys);
        Assert.Equal(nameof(OwnQueue), await Create(Props.Create(() => new RequiresOwn())).Ask<string>("queue", Deadline));
        Assert.Equal(nameof(BoundedMessageQueue), await Create(Props.Create(() => new RequiresBounded())).Ask<string>("queue", Deadline));
    }

    [Fact]
    public async Task A_persistent_actor_recovers()
    {
        _ = FlexTcp.For(Sys);
        IActorRef first = Create(Props.Create(() => new Counter()));
        Assert.Equal(1, await first.Ask<int>("add", Deadline));
        Assert.Equal(2, await first.Ask<int>("add", Deadline));
        await first.GracefulStop(Deadline);
        Assert.Equal(3, await Create(Props.Create(() => new Counter())).Ask<int>("add", Deadline));
    }

    [Fact]
    public async Task A_full_mailbox_makes_a_sender_on_the_same_loop_wait_and_loses_nothing()
    {
        const int Messages = 200;
        _ = FlexTcp.For(Sys);
        IActorRef slow = Create(Props.Create(() => new Collecting()).WithMailbox("bounded"));
        IActorRef sender = Create(Props.Create(() => new Telling(slow, Messages)));
        sender.Tell("go");
        await AwaitAssertAsync(async () => Assert.Equal(Messages, await slow.Ask<int>("count", Deadline)), Deadline);
    }

    private IActorRef Create(Props props) => Sys.ActorOf(dispatcher.Length > 0 ? props.WithDispatcher(dispatcher) : props);

    private class Stashing : ReceiveActor, IWithStash
    {
        private readonly List<int> _seen = [];

        public Stashing()
        {
            Receive<int>(_ => Stash!.Stash());
            Receive<string>(message => message == "open", _ =>
            {
                Become(Open);
                Stash!.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;

        private void Open()
        {
            Receive<int>(_seen.Add);
            Receive<string>(message => message == "seen", _ => Sender.Tell(string.Join(',', _seen)));
            Receive<string>(_ => Sender.Tell(Thread.CurrentThread.Name ?? ""));
        }
    }

    private sealed class UnboundedStashing : Stashing, IWithUnboundedStash;

    private abstract class TellsItsQueue : ReceiveActor
    {
        protected TellsItsQueue() =>
            ReceiveAny(_ => Sender.Tell(((ActorCell)Context).Mailbox!.MessageQueue.GetType().Name));
    }

    private sealed class RequiresOwn : TellsItsQueue, IRequiresMessageQueue<IOwnSemantics>;

    private sealed class RequiresBounded : TellsItsQueue, IRequiresMessageQueue<IBoundedMessageQueueSemantics>;

    private sealed class Counter : ReceivePersistentActor
    {
        private int _count;

        public Counter()
        {
            Recover<string>(_ => _count++);
            Command<string>(text => Persist(text, _ => Sender.Tell(++_count)));
        }

        public override string PersistenceId => "counter";
    }

    private sealed class Collecting : ReceiveActor
    {
        private int _count;

        public Collecting()
        {
            Receive<int>(_ => _count++);
            Receive<string>(_ => Sender.Tell(_count));
        }
    }

    private sealed class Telling : ReceiveActor
    {
        public Telling(IActorRef receiver, int messages) => ReceiveAny(_ =>
        {
            for (int i = 0; i < messages; i++)
            {
                receiver.Tell(i);
            }
        });
    }
}

/// <summary>Actors told to live on the dispatcher that reference.conf describes.</summary>
public sealed class FlexScDispatcherFeaturesSpec() : StandardFeaturesSpec("flexsc.dispatcher", "");

/// <summary>A whole program on the loops.</summary>
public sealed class DefaultDispatcherFeaturesSpec() : StandardFeaturesSpec("", """
    akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """);

public interface IOwnSemantics : ISemantics;

public sealed class OwnQueue : UnboundedMessageQueue, IOwnSemantics;

public sealed class OwnMailbox(Settings settings, Config config) : MailboxType(settings, config), IProducesMessageQueue<OwnQueue>
{
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new OwnQueue();
}
