using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Calls;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A listener in pull mode accepts what is asked for, as Akka documents it; the kernel's backlog holds the others.</summary>
public abstract class ResumeAcceptingSpec(string config) : TcpFixture($"flexsc.tcp.compat = []\n{config}")
{
    private readonly List<Socket> _peers = [];

    [Fact]
    public async Task Connections_wait_in_the_backlog_until_they_are_asked_for()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(pullMode: true);
        IActorRef listener = bind.LastSender;
        int socket = await ListeningSocketAsync();
        await ConnectPeersAsync(endpoint, 4);
        await AwaitWaitingAsync(socket, 4);
        Assert.False(bind.HasMessages);

        listener.Tell(new Tcp.ResumeAccepting(1), bind);
        IActorRef first = await NextConnectionAsync(bind);
        await FenceAsync(listener);
        Assert.Equal(3, SocketQueues.WaitingConnections(socket));
        Assert.False(bind.HasMessages);

        // What a peer sends while it waits is there when it is accepted.
        await _peers[1].SendAsync("early"u8.ToArray());
        listener.Tell(new Tcp.ResumeAccepting(2), bind);
        IActorRef second = await NextConnectionAsync(bind);
        await NextConnectionAsync(bind);
        await FenceAsync(listener);
        Assert.Equal(1, SocketQueues.WaitingConnections(socket));
        TestProbe handler = CreateTestProbe();
        second.Tell(new Tcp.Register(handler), bind);
        second.Tell(Tcp.ResumeReading.Instance, handler);
        Assert.Equal("early", (await handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task The_last_number_counts_and_none_is_a_number()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(pullMode: true);
        IActorRef listener = bind.LastSender;
        listener.Tell(new Tcp.ResumeAccepting(3), bind);
        listener.Tell(new Tcp.ResumeAccepting(1), bind);

        // Otherwise the first connection may be one of three, and the second the one that is asked for then.
        await FenceAsync(listener);
        await ConnectPeersAsync(endpoint, 2);
        await NextConnectionAsync(bind);
        await FenceAsync(listener);
        int socket = await ListeningSocketAsync();
        await AwaitWaitingAsync(socket, 1);
        listener.Tell(new Tcp.ResumeAccepting(2), bind);
        await NextConnectionAsync(bind);
        await FenceAsync(listener);

        // One more was asked for, and is not any longer.
        listener.Tell(new Tcp.ResumeAccepting(0), bind);
        await FenceAsync(listener);
        await AwaitConditionAsync(async () => !await IsAcceptingAsync(), Deadline);
        await ConnectPeersAsync(endpoint, 1);
        await AwaitWaitingAsync(socket, 1);
        Assert.False(bind.HasMessages);
    }

    [Fact]
    public async Task Those_that_wait_are_reset_by_Unbind()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(pullMode: true);
        IActorRef listener = bind.LastSender;
        await ConnectPeersAsync(endpoint, 1);
        listener.Tell(Tcp.Unbind.Instance, bind);
        await bind.ExpectMsgAsync<Tcp.Unbound>(Deadline);
        Assert.Equal(SocketError.ConnectionReset, await ReceiveEndAsync(_peers[0]));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Without_pull_mode_nothing_is_asked_for()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        IActorRef listener = bind.LastSender;
        listener.Tell(new Tcp.ResumeAccepting(0), bind);
        await ConnectPeersAsync(endpoint, 2);
        await NextConnectionAsync(bind);
        await NextConnectionAsync(bind);
    }

    protected override void AfterAll()
    {
        base.AfterAll();
        _peers.ForEach(static peer => peer.Dispose());
    }

    private static async Task<IActorRef> NextConnectionAsync(TestProbe bind)
    {
        await bind.ExpectMsgAsync<Tcp.Connected>(Deadline);
        return bind.LastSender;
    }

    /// <summary>Waits until the listener and the loop have acted on what was told before.</summary>
    private async Task FenceAsync(IActorRef listener)
    {
        await listener.Ask<ActorIdentity>(new Identify(1), Deadline);
        await Loop.RunAsync(static () => Task.FromResult(0));
    }

    /// <summary>The kernel lets a client go on before the listener has its connection.</summary>
    private async Task AwaitWaitingAsync(int socket, int count) =>
        await AwaitConditionAsync(() => Task.FromResult(SocketQueues.WaitingConnections(socket) == count), Deadline);

    private ActorLoop Loop => Extension.Group.StartedLoops[0];

    private Task<bool> IsAcceptingAsync() => Loop.RunAsync(() => Task.FromResult(Acceptor.IsPending));

    private TcpAcceptor Acceptor => Loop.Members.OfType<TcpAcceptor>().Single();

    private Task<int> ListeningSocketAsync() => Loop.RunAsync(() => Task.FromResult(Acceptor.Socket));

    private async Task ConnectPeersAsync(IPEndPoint endpoint, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Socket peer = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _peers.Add(peer);
            await peer.ConnectAsync(endpoint);
        }
    }
}

public sealed class ResumeAcceptingOnIoUringSpec() : ResumeAcceptingSpec("flexsc.loops.backend = io-uring");

public sealed class ResumeAcceptingOnSyscallThreadsSpec() : ResumeAcceptingSpec("flexsc.loops.backend = syscall-threads");
