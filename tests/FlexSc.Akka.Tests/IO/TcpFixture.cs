using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>A system with FlexSC TCP, a listener whose handler is a probe, and plain sockets as peers.</summary>
public abstract class TcpFixture(string extraConfig = "") : FlexScSpec(ConfigurationFactory.ParseString(extraConfig).WithFallback(CommonConfig))
{
    private const string CommonConfig = """

        akka.loglevel = WARNING
        akka.actor.serialize-messages = on
        akka.actor.serialize-creators = on
        akka.test.single-expect-default = 30s
        akka.test.filter-leeway = 30s
        akka.io.tcp.register-timeout = 60s
        # Handlers are probes, which run on no loop; connections are to be on all of them.
        flexsc.loops { count = 1, pin = off, without-actors = all }
        """;

    internal static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    protected FlexTcpExt Extension => FlexTcp.For(Sys);

    protected async Task<(TestProbe Handler, IPEndPoint Endpoint)> BindAsync(bool pullMode = false, IEnumerable<Inet.SocketOption>? options = null)
    {
        TestProbe handler = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0), options: options, pullMode: pullMode), handler);
        Tcp.Bound bound = await handler.ExpectMsgAsync<Tcp.Bound>(Deadline);
        return (handler, (IPEndPoint)bound.LocalAddress);
    }

    /// <summary>A connected peer and the connection as its handler has it.</summary>
    protected async Task<TcpPair> ConnectAsync(
        TestProbe bindHandler, IPEndPoint endpoint, bool keepOpen = false, bool pooled = false, bool register = true, TestProbe? handler = null)
    {
        Socket peer = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await peer.ConnectAsync(endpoint);
        Tcp.Connected connected = await bindHandler.ExpectMsgAsync<Tcp.Connected>(Deadline);
        Assert.Equal(((IPEndPoint)peer.LocalEndPoint!).Port, ((IPEndPoint)connected.RemoteAddress).Port);
        IActorRef connection = bindHandler.LastSender;
        TestProbe own = handler ?? CreateTestProbe();
        if (register)
        {
            connection.Tell(pooled ? new RegisterPooled(own, keepOpen) : new Tcp.Register(own, keepOpen), bindHandler);
        }

        return new TcpPair(peer, connection, own);
    }

    /// <summary>Waits until the loops are back to no connection, all buffers and all send blocks.</summary>
    protected async Task AssertNothingIsLeftAsync()
    {
        await AwaitAssertAsync(
            async () =>
            {
                foreach (ActorLoop loop in Extension.Group.StartedLoops)
                {
                    (int connections, int buffers, int blocks) = await loop.RunAsync(() => Task.FromResult(
                        (loop.Io.ConnectionCount, loop.Loop.Buffers.Count - loop.Loop.Buffers.Available, loop.Io.Tcp.SendBlocks.Outstanding)));
                    Assert.Equal((0, 0, 0), (connections, buffers, blocks));
                }
            },
            Deadline);
    }

    /// <summary>The loop has taken what there is, some turns over, and has told the handler nothing.</summary>
    protected async Task AssertNothingIsToldAsync(TcpPair pair)
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        for (int turn = 0; turn < 10; turn++)
        {
            await loop.RunAsync(() => Task.FromResult(0));
        }

        // A connection acts on what is told in order.
        await pair.Connection.Ask<ActorIdentity>(new Identify("settled"), Deadline);
        Assert.False(pair.Handler.HasMessages, "something was told");
    }

    /// <summary>Keeps the loop from doing anything, from inside a scheduled item, until it is disposed.</summary>
    protected async Task<IDisposable> HoldLoopAsync()
    {
        LoopHold hold = new();
        _ = Extension.Group.StartedLoops[0].TrySchedule(hold);
        await hold.Reached.WaitAsync(Deadline);
        return hold;
    }

    /// <summary>
    /// Keeps the loop between what it was told in this turn and what it collects from the kernel at the turn's end: what is told
    /// meanwhile waits for the next turn, what the kernel has is collected in this one.
    /// </summary>
    protected async Task<IDisposable> HoldLoopBeforeCollectingAsync()
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        LoopHold hold = new();
        await loop.RunAsync(() =>
        {
            loop.FlushThisTurn(hold);
            return Task.FromResult(0);
        });
        await hold.Reached.WaitAsync(Deadline);
        return hold;
    }

    /// <summary>Has a connection leave for another loop, which is held up when it has room for the connection and has not come to it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="target">The other loop.</param>
    /// <param name="held">What runs there then.</param>
    /// <param name="reached">It does.</param>
    /// <returns>What is answered to whoever asked for the move.</returns>
    private protected async Task<Task<string?>> HoldOnTheWayAsync(TcpConnection connection, ActorLoop target, IRunnable held, Task reached)
    {
        ActorLoop home = connection.ActorLoop;
        using LoopHold beforeRoom = new();
        Assert.True(target.TrySchedule(beforeRoom));
        await beforeRoom.Reached.WaitAsync(Deadline);
        Task<string?> moving = connection.MoveAsync(target);

        // Once the loop has acted on that, it has asked the other one for room.
        await home.RunAsync(() => Task.FromResult(0));
        Assert.True(target.TrySchedule(held));
        beforeRoom.Dispose();
        await reached.WaitAsync(Deadline);
        await AwaitConditionAsync(() => Task.FromResult(connection.ActorLoop == target), Deadline);
        return moving;
    }

    protected static async Task<byte[]> ReceiveExactlyAsync(Socket socket, int bytes)
    {
        byte[] received = new byte[bytes];
        int count = 0;
        using CancellationTokenSource deadline = new(Deadline);
        while (count < bytes)
        {
            int more = await socket.ReceiveAsync(received.AsMemory(count), deadline.Token);
            Assert.True(more > 0, $"the connection ended after {count} of {bytes} bytes");
            count += more;
        }

        return received;
    }

    /// <summary>How a connection ends that is refused: the reset may come before the connect is seen to have succeeded.</summary>
    protected static async Task<SocketError> ConnectToEndAsync(Socket socket, IPEndPoint endpoint)
    {
        try
        {
            await socket.ConnectAsync(endpoint);
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }

        return await ReceiveEndAsync(socket);
    }

    /// <summary>0 for the peer's end, or the error that ended the connection.</summary>
    protected static async Task<SocketError> ReceiveEndAsync(Socket socket)
    {
        using CancellationTokenSource deadline = new(Deadline);
        try
        {
            return await socket.ReceiveAsync(new byte[1], deadline.Token) == 0
                ? SocketError.Success
                : throw new InvalidOperationException("bytes came where the end was expected");
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
    }
}

/// <summary>Holds a loop where it is run.</summary>
internal sealed class LoopHold : IDisposable, IFlushable, IRunnable
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _release = new();

    public Task Reached => _reached.Task;

    public void Execute() => Run();

    public void Run()
    {
        _reached.SetResult();
        _release.Wait(TimeSpan.FromSeconds(30));
    }

    public void Flush() => Run();

    public void Dispose() => _release.Set();
}

public sealed record TcpPair(Socket Peer, IActorRef Connection, TestProbe Handler) : IDisposable
{
    public void Dispose() => Peer.Dispose();
}
