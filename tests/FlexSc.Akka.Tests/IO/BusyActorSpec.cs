using System.Diagnostics;
using System.Net;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>
/// The I/O of a loop goes on beside an actor that always has something to do there. Client, server and the busy actor share the loop, and
/// what an echo waits is counted in the busy actor's messages: a clock would count what the machine does besides.
/// </summary>
public abstract class BusyActorSpec(string config) : TcpFixture($"akka.actor.serialize-messages = off\n{config}")
{
    private const int MessageMicroseconds = 100;
    private const int MessagesInFlight = 16;
    private const int Echoes = 300;

    /// <summary>
    /// A turn has 200 microseconds for mailboxes, two of these messages, and an echo takes four turns. With turns that nothing bounds it
    /// waits for 130 messages.
    /// </summary>
    private const int MostMessagesInTheMiddle = 20;
    private const int MostMessagesAt99Percent = 60;

    [SkippableFact]
    public async Task An_echo_does_not_wait_for_a_busy_actor()
    {
        (TestProbe bindHandler, IPEndPoint endpoint) = await BindAsync();
        Work work = new();
        IActorRef busy = Sys.ActorOf(Props.Create(() => new Busy(work)).WithDeploy(Deploy.Local).WithDispatcher(FlexTcpExt.DispatcherId));
        for (int i = 0; i < MessagesInFlight; i++)
        {
            busy.Tell(MessageMicroseconds);
        }

        // Before the connection is made, so that the loop has found out what a message of its takes.
        await AwaitConditionAsync(() => Task.FromResult(LoopGroup.Of(Sys).StartedLoops is [{ Loop.Turns: > 100 }]), Deadline);
        Sys.ActorOf(Props.Create(() => new Client(endpoint, work, TestActor)).WithDeploy(Deploy.Local).WithDispatcher(FlexTcpExt.DispatcherId));
        await bindHandler.ExpectMsgAsync<Tcp.Connected>(Deadline);
        bindHandler.LastSender.Tell(new Tcp.Register(Sys.ActorOf(Props.Create(() => new Echo()).WithDispatcher(FlexTcpExt.DispatcherId))), bindHandler);

        int[] messages = [.. (await ExpectMsgAsync<IReadOnlyList<int>>(Deadline)).Order()];
        Sys.Stop(busy);
        int median = messages[Echoes / 2];
        int percentile99 = messages[Echoes * 99 / 100];
        Assert.True(
            median <= MostMessagesInTheMiddle && percentile99 <= MostMessagesAt99Percent,
            $"an echo waited for {median} messages of a busy actor in the middle, for {percentile99} at 99 % and for {messages[^1]} at the most");
        Assert.True(median > 0, "the busy actor was not busy");
    }

    /// <summary>What was done on the loop; touched by its thread alone.</summary>
    private sealed class Work
    {
        public int Messages { get; set; }
    }

    private sealed class Client(IPEndPoint endpoint, Work work, IActorRef probe) : UntypedActor
    {
        private static readonly ByteString Hello = ByteString.FromString("hello");
        private readonly List<int> _waited = [];
        private int _told;
        private int _received;

        protected override void PreStart() => Context.System.FlexTcp().Tell(new Tcp.Connect(endpoint), Self);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Connected:
                    Sender.Tell(new Tcp.Register(Self));
                    Send();
                    break;
                case Tcp.Received received when (_received += received.Data.Count) == Hello.Count:
                    _waited.Add(work.Messages - _told);
                    if (_waited.Count == Echoes)
                    {
                        probe.Tell(_waited);
                    }
                    else
                    {
                        Send();
                    }

                    break;
            }
        }

        private void Send()
        {
            _told = work.Messages;
            _received = 0;
            Sender.Tell(Tcp.Write.Create(Hello));
        }
    }

    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is Tcp.Received received)
            {
                Sender.Tell(Tcp.Write.Create(received.Data));
            }
        }
    }

    private sealed class Busy(Work work) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < (int)message)
            {
            }

            work.Messages++;
            Self.Tell(message);
        }
    }
}

public sealed class BusyActorOnIoUringSpec() : BusyActorSpec("flexsc.loops.backend = io-uring");

public sealed class BusyActorOnInlineCallsSpec() : BusyActorSpec("flexsc.loops.backend = syscall-threads");
