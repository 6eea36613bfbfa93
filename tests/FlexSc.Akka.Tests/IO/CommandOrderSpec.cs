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

/// <summary>What ends a connection acts after the commands that other threads told before it.</summary>
public abstract class CommandOrderSpec(string config) : TcpFixture(config)
{
    private const int Writes = 5;
    private const int Connections = 300;

    [Fact]
    public async Task Writes_told_before_the_peers_end_are_sent()
    {
        using TcpPair pair = await ConnectAsync();
        using (await HoldLoopBeforeCollectingAsync())
        {
            TellWrites(pair);
            await EndAsync(pair, reset: false);
        }

        Assert.Equal(Writes, (await ReceiveExactlyAsync(pair.Peer, Writes)).Length);
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
    }

    [Fact]
    public async Task A_confirmed_close_told_before_the_peers_end_is_confirmed()
    {
        using TcpPair pair = await ConnectAsync();
        using (await HoldLoopBeforeCollectingAsync())
        {
            TellWrites(pair);
            pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            await EndAsync(pair, reset: false);
        }

        await ReceiveExactlyAsync(pair.Peer, Writes);
        await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>(Deadline);
    }

    [Fact]
    public async Task An_abort_told_before_a_reset_is_what_is_told()
    {
        using TcpPair pair = await ConnectAsync();
        using (await HoldLoopBeforeCollectingAsync())
        {
            pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
            await EndAsync(pair, reset: true);
        }

        await pair.Handler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
    }

    [Fact]
    public async Task Each_end_finds_the_commands_that_were_told_before_it()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        for (int i = 0; i < Connections; i++)
        {
            bool confirmed = i % 2 == 0;
            using TcpPair pair = await ConnectAsync(bind, endpoint);
            await SettleAsync(pair);
            TellWrites(pair);
            if (confirmed)
            {
                pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            }

            pair.Peer.Shutdown(SocketShutdown.Send);
            Assert.Equal(Writes, (await ReceiveExactlyAsync(pair.Peer, Writes)).Length);
            Tcp.ConnectionClosed closed = await pair.Handler.ExpectMsgAsync<Tcp.ConnectionClosed>(Deadline);
            Assert.True(confirmed == closed is Tcp.ConfirmedClosed, $"connection {i} was told {closed}");
        }
    }

    private async Task<TcpPair> ConnectAsync()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        return pair;
    }

    /// <summary>The receive is under way, and nothing else.</summary>
    private static async Task SettleAsync(TcpPair pair)
    {
        await pair.Peer.SendAsync("x"u8.ToArray());
        await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline);
    }

    private static void TellWrites(TcpPair pair)
    {
        for (int i = 0; i < Writes; i++)
        {
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("w")), pair.Handler);
        }
    }

    /// <summary>Ends the peer's side and waits until the kernel has it on ours: what delivers it may be another core's.</summary>
    private async Task EndAsync(TcpPair pair, bool reset)
    {
        if (reset)
        {
            pair.Peer.LingerState = new LingerOption(true, 0);
            pair.Peer.Close();
        }
        else
        {
            pair.Peer.Shutdown(SocketShutdown.Send);
        }

        await AwaitAssertAsync(
            () => Assert.Equal(reset ? KernelSocket.Closed : KernelSocket.EndedByPeer, KernelSocket.StateOf(pair)), Deadline, TimeSpan.FromMilliseconds(1));
    }
}

public sealed class CommandOrderOnIoUringSpec() : CommandOrderSpec("");

public sealed class CommandOrderOnInlineCallsSpec() : CommandOrderSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class CommandOrderOnSyscallThreadsSpec() : CommandOrderSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");

/// <summary>The same for the time a connection has to be registered in.</summary>
public sealed class RegistrationOrderSpec() : TcpFixture($"akka.io.tcp.register-timeout = {TimeoutMs}ms")
{
    private const int TimeoutMs = 1000;

    [Fact]
    public async Task A_registration_told_before_its_time_is_over_counts()
    {
        // A loop that has no core for a second between making the connection and running its handler is late, and it is tried again.
        const int attempts = 10;
        _ = Extension; // registers flexsc.dispatcher
        for (int attempt = 1; ; attempt++)
        {
            IActorRef server = Sys.ActorOf(
                Props.Create(() => new RegistersLate(TestActor)).WithDeploy(Deploy.Local).WithDispatcher(FlexTcpExt.DispatcherId));
            IPEndPoint endpoint = (IPEndPoint)((Tcp.Bound)await FishForMessageAsync(static message => message is Tcp.Bound, Deadline)).LocalAddress;
            using Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
            await peer.ConnectAsync(endpoint);
            await peer.SendAsync("in time"u8.ToArray());
            object told = await FishForMessageAsync(static message => message is Tcp.Received or Tcp.Aborted or string, Deadline);
            if (told is Tcp.Received received)
            {
                Assert.Equal("in time", received.Data.ToString());
                return;
            }

            Assert.True(told is string && attempt < attempts, $"told {told} in attempt {attempt}");
            Sys.Stop(server);
        }
    }

    /// <summary>
    /// Holds its loop in the turn in which it learns of a connection: another thread tells the registration, and the time for it passes
    /// before the loop looks at its timers. Tells when that was too late to begin with.
    /// </summary>
    private sealed class RegistersLate(IActorRef probe) : UntypedActor
    {
        protected override void PreStart() => Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));

        protected override void OnReceive(object message)
        {
            if (message is not Tcp.Connected)
            {
                probe.Tell(message);
                return;
            }

            long start = Stopwatch.GetTimestamp();
            IActorRef connection = Sender;
            IActorRef self = Self;
            Thread other = new(() => connection.Tell(new Tcp.Register(self), self));
            other.Start();
            other.Join();
            if (Stopwatch.GetElapsedTime(start).TotalMilliseconds > TimeoutMs / 2)
            {
                probe.Tell("too late");
            }

            // Time is what is waited for here.
            SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(start).TotalMilliseconds > TimeoutMs * 3 / 2);
        }
    }
}
