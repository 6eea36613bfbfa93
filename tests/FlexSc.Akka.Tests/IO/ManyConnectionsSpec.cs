using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>
/// Many connections on one loop, with both ends of each in this process, as far as the limit on descriptors allows: opened, used and
/// closed, twice.
/// </summary>
public sealed class ManyConnectionsSpec() : TcpFixture(FormattableString.Invariant($$"""
    akka.actor.serialize-messages = off
    akka.actor.serialize-creators = off
    flexsc.loops { count = 1, pages = {{FlexLoops.PagesFor(MostConnections)}} }
    """))
{
    private const int MostConnections = 100_000;

    /// <summary>Descriptors of the test's process that are no connection's: other tests of the assembly run before and leave some.</summary>
    private const int OtherDescriptors = 500;

    /// <summary>
    /// An address has 28,000 ports for connections, fewer while those wait that were closed a moment ago, and the kernel searches long for
    /// the last ones. 127.0.0.0/8 is all this machine's.
    /// </summary>
    private const int ConnectionsPerAddress = 2_000;

    private const int Backlog = 4_096;
    private static readonly byte[] Question = "?"u8.ToArray();

    [SkippableTheory]
    [InlineData(9_000)]
    [InlineData(MostConnections)]
    public async Task They_are_opened_used_and_closed_twice_with_one_entry_each_and_nothing_is_left(int connections)
    {
        ulong descriptors = ResourceLimit.OfOpenFiles().Soft;
        ulong needed = (2 * (ulong)connections) + OtherDescriptors;
        Skip.If(descriptors < needed, $"RLIMIT_NOFILE is {descriptors}, and {connections} connections with both ends in one process take {needed}");

        IActorRef manager = Sys.FlexTcp();
        IActorRef echo = Sys.ActorOf(Props.Create(() => new Echo()).WithDispatcher(FlexTcpExt.DispatcherId));
        manager.Tell(new Tcp.Bind(echo, new IPEndPoint(IPAddress.Loopback, 0), backlog: Backlog), TestActor);
        IPEndPoint endpoint = (IPEndPoint)(await ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
        ActorLoop loop = Assert.Single(LoopGroup.Of(Sys).StartedLoops);
        int entriesBefore = await UsedEntriesAsync(loop);
        for (int round = 0; round < 2; round++)
        {
            await OpenUseAndCloseAsync(round, endpoint, loop, connections, entriesBefore);
        }
    }

    private async Task OpenUseAndCloseAsync(int round, IPEndPoint endpoint, ActorLoop loop, int connections, int entriesBefore)
    {
        Socket[] peers = new Socket[connections];
        try
        {
            for (int i = 0; i < connections; i++)
            {
                peers[i] = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Deadline.TotalMilliseconds };
                peers[i].Bind(new IPEndPoint(IPAddress.Parse($"127.{round + 1}.{i / ConnectionsPerAddress}.1"), 0));
                peers[i].Connect(endpoint);
            }

            await AwaitAssertAsync(() => Assert.Equal(connections, loop.Io.ConnectionCount), Deadline);

            // Each asks, and only then is any answered.
            Array.ForEach(peers, static peer => peer.Send(Question));
            byte[] answer = new byte[2];
            foreach (Socket peer in peers)
            {
                Assert.Equal(1, peer.Receive(answer));
                Assert.Equal(Question[0], answer[0]);
            }

            // All have answered, so all are registered and silent.
            await AwaitAssertAsync(
                async () => Assert.Equal(connections, await UsedEntriesAsync(loop) - entriesBefore), Deadline);
        }
        finally
        {
            Array.ForEach(peers, static peer => peer?.Dispose());
        }

        await AssertNothingIsLeftAsync();
        await AwaitAssertAsync(async () => Assert.Equal(entriesBefore, await UsedEntriesAsync(loop)), Deadline);
    }

    private static Task<int> UsedEntriesAsync(ActorLoop loop) => loop.RunAsync(() => Task.FromResult(loop.Loop.UsedEntries));

    /// <summary>One handler for all of them.</summary>
    private sealed class Echo : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Connected:
                    Sender.Tell(new RegisterPooled(Self), Self);
                    break;
                case PooledReceived received:
                    TcpOutput answer = FlexTcp.OutputOf(Sender);
                    received.Span.CopyTo(answer.GetSpan(received.Length));
                    answer.Advance(received.Length);
                    answer.Flush();
                    received.Release();
                    break;
            }
        }
    }
}
