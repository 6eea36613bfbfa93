using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
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
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        using (await HoldLoopBeforeCollectingAsync())
        {
            TellWrites(pair);
            await EndAsync(pair.Peer, reset: false);
        }

        Assert.Equal(Writes, (await ReceiveExactlyAsync(pair.Peer, Writes)).Length);
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
    }

    [Fact]
    public async Task A_confirmed_close_told_before_the_peers_end_is_confirmed()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        using (await HoldLoopBeforeCollectingAsync())
        {
            TellWrites(pair);
            pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
            await EndAsync(pair.Peer, reset: false);
        }

        await ReceiveExactlyAsync(pair.Peer, Writes);
        await pair.Handler.ExpectMsgAsync<Tcp.ConfirmedClosed>(Deadline);
    }

    [Fact]
    public async Task An_abort_told_before_a_reset_is_what_is_told()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        using (await HoldLoopBeforeCollectingAsync())
        {
            pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
            await EndAsync(pair.Peer, reset: true);
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

    /// <summary>Ends the peer's side and waits until the kernel has it on ours: on the loopback that is when the call returns.</summary>
    private static Task EndAsync(Socket peer, bool reset)
    {
        if (reset)
        {
            peer.LingerState = new LingerOption(true, 0);
            peer.Close();
        }
        else
        {
            peer.Shutdown(SocketShutdown.Send);
        }

        return Task.Delay(50); // the softirq that delivers it may be another core's
    }
}

public sealed class CommandOrderOnIoUringSpec() : CommandOrderSpec("");

public sealed class CommandOrderOnInlineCallsSpec() : CommandOrderSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class CommandOrderOnSyscallThreadsSpec() : CommandOrderSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");

/// <summary>The same for the time a connection has to be registered in.</summary>
public sealed class RegistrationOrderSpec() : TcpFixture("akka.io.tcp.register-timeout = 1s")
{
    [Fact]
    public async Task A_registration_told_before_its_time_is_over_counts()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        using (await HoldLoopAsync())
        {
            // In this turn the loop has taken its scheduled work and not yet looked at its timers.
            pair.Connection.Tell(new Tcp.Register(pair.Handler), bind);
            await Task.Delay(1500);
        }

        await pair.Peer.SendAsync("in time"u8.ToArray());
        Assert.Equal("in time", (await pair.Handler.ExpectMsgAsync<Tcp.Received>(Deadline)).Data.ToString());
    }
}
