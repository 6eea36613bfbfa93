using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A handler on the loop that acts in the turn it is told something: no call waits for an end meanwhile.</summary>
public abstract class EndOfAnswerSpec(string config) : TcpFixture(config)
{
    private const int Connections = 20;
    private const int Rounds = 20;

    [Fact]
    public async Task A_handler_that_closes_when_it_is_told_the_peers_end_costs_one_call()
    {
        (IActorRef server, IPEndPoint endpoint, TestProbe told) = await StartAsync(pullMode: false);
        List<Socket> peers = [];
        for (int i = 0; i < Connections; i++)
        {
            peers.Add(await ConnectAsync(endpoint, told));
        }

        long before = await SubmissionsAsync(server);
        foreach (Socket peer in peers)
        {
            peer.Shutdown(SocketShutdown.Send);
            await told.ExpectMsgAsync<Tcp.Closed>(Deadline);
            peer.Dispose();
        }

        Assert.Equal(Connections, await SubmissionsAsync(server) - before);
    }

    [Fact]
    public async Task A_handler_that_pulls_when_it_is_told_a_reception_costs_a_receive_each()
    {
        (IActorRef server, IPEndPoint endpoint, TestProbe told) = await StartAsync(pullMode: true);
        using Socket peer = await ConnectAsync(endpoint, told);
        long before = await SubmissionsAsync(server);
        for (int i = 0; i < Rounds; i++)
        {
            await peer.SendAsync("x"u8.ToArray());
            await told.ExpectMsgAsync<Tcp.Received>(Deadline);
        }

        Assert.Equal(Rounds, await SubmissionsAsync(server) - before);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint endpoint, TestProbe told)
    {
        Socket peer = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(endpoint);
        await told.ExpectMsgAsync<Tcp.Connected>(Deadline);
        return peer;
    }

    /// <summary>Asks on the loop, after what the server's last message has brought about: its calls are submitted with that turn's batch.</summary>
    private async Task<long> SubmissionsAsync(IActorRef server)
    {
        await server.Ask<ActorIdentity>(new Identify(0), Deadline);
        ActorLoop loop = Extension.Group.StartedLoops[0];
        await loop.RunAsync(() => loop.DelayAsync(0).ContinueWith(static _ => 0, TaskScheduler.Default));
        return await loop.RunAsync(() => Task.FromResult(loop.Loop.Submissions));
    }

    private async Task<(IActorRef Server, IPEndPoint Endpoint, TestProbe Told)> StartAsync(bool pullMode)
    {
        TestProbe told = CreateTestProbe();
        IActorRef tcp = Sys.FlexTcp();
        IActorRef server = Sys.ActorOf(Props.Create(() => new PromptServer(told, pullMode)).WithDispatcher("flexsc.dispatcher"));
        tcp.Tell(new Tcp.Bind(server, new IPEndPoint(IPAddress.Loopback, 0), pullMode: pullMode), told);
        Tcp.Bound bound = await told.ExpectMsgAsync<Tcp.Bound>(Deadline);
        return (server, (IPEndPoint)bound.LocalAddress, told);
    }

    private sealed class PromptServer : ReceiveActor
    {
        public PromptServer(IActorRef told, bool pullMode)
        {
            Receive<Tcp.Connected>(connected =>
            {
                Sender.Tell(new Tcp.Register(Self, keepOpenOnPeerClosed: true));
                if (pullMode)
                {
                    Sender.Tell(Tcp.ResumeReading.Instance);
                }

                told.Forward(connected);
            });
            Receive<Tcp.Received>(received =>
            {
                Sender.Tell(Tcp.ResumeReading.Instance);
                told.Forward(received);
            });
            Receive<Tcp.PeerClosed>(_ => Sender.Tell(Tcp.Close.Instance));
            Receive<Tcp.Closed>(told.Forward);
        }
    }
}

public sealed class EndOfAnswerOnIoUringSpec() : EndOfAnswerSpec("");

public sealed class EndOfAnswerOnInlineCallsSpec() : EndOfAnswerSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");
