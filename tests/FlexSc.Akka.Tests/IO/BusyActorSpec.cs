using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The I/O of a loop goes on beside an actor that always has something to do there.</summary>
public abstract class BusyActorSpec(string config) : TcpFixture($"akka.actor.serialize-messages = off\n{config}")
{
    private const int MessageMicroseconds = 100;
    private const int MessagesInFlight = 16;
    private const int Echoes = 300;

    /// <summary>Less than a second of the machine's own noise, and a tenth of what the loop took when nothing bounded its turns.</summary>
    private const int MostMedianMs = 20;
    private const int MostPercentile99Ms = 250;

    [SkippableFact]
    public async Task An_echo_does_not_wait_for_a_busy_actor()
    {
        (TestProbe bindHandler, IPEndPoint endpoint) = await BindAsync();
        using Socket peer = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(endpoint);
        await bindHandler.ExpectMsgAsync<Tcp.Connected>(Deadline);
        IActorRef connection = bindHandler.LastSender;
        connection.Tell(new Tcp.Register(Sys.ActorOf(Props.Create(() => new Echo()).WithDispatcher(FlexTcpExt.DispatcherId))), bindHandler);

        IActorRef busy = Sys.ActorOf(Props.Create(() => new Busy()).WithDispatcher(FlexTcpExt.DispatcherId));
        for (int i = 0; i < MessagesInFlight; i++)
        {
            busy.Tell(MessageMicroseconds);
        }

        await AwaitConditionAsync(() => Task.FromResult(LoopGroup.Of(Sys).StartedLoops is [{ Loop.Turns: > 100 }]), Deadline);
        double[] milliseconds = new double[Echoes];
        byte[] message = "hello"u8.ToArray();
        for (int i = 0; i < Echoes; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await peer.SendAsync(message);
            Assert.Equal(message, await ReceiveExactlyAsync(peer, message.Length));
            milliseconds[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Sys.Stop(busy);
        Array.Sort(milliseconds);
        double median = milliseconds[Echoes / 2];
        double percentile99 = milliseconds[Echoes * 99 / 100];
        Assert.True(
            median <= MostMedianMs && percentile99 <= MostPercentile99Ms,
            $"beside a busy actor an echo took {median:0.0} ms in the middle, {percentile99:0.0} ms at 99 % and {milliseconds[^1]:0.0} ms at the most");
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

    private sealed class Busy : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalMicroseconds < (int)message)
            {
            }

            Self.Tell(message);
        }
    }
}

public sealed class BusyActorOnIoUringSpec() : BusyActorSpec("flexsc.loops.backend = io-uring");

public sealed class BusyActorOnInlineCallsSpec() : BusyActorSpec("flexsc.loops.backend = syscall-threads");
