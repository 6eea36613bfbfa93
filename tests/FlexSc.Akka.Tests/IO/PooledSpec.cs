using System.Net;
using System.Text;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>The path without allocation: receptions in the kernel's buffers, output in the memory it is sent from.</summary>
public abstract class PooledSpec(string backend) : TcpFixture(
    $"flexsc.loops.receive-buffers = 8\nflexsc.tcp.pooled-low-water-buffers = 2\nflexsc.loops.backend = {backend}")
{
    [Fact]
    public async Task An_echo_by_pooled_receptions_and_direct_output()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        IActorRef echo = Sys.ActorOf(Props.Create(() => new PooledEcho(pair.Connection, null)).WithDispatcher(FlexTcpExt.DispatcherId));
        pair.Connection.Tell(new RegisterPooled(echo), bind);
        for (int i = 0; i < 1_000; i++)
        {
            byte[] bytes = Encoding.ASCII.GetBytes($"message {i};");
            await pair.Peer.SendAsync(bytes);
            Assert.Equal(bytes, await ReceiveExactlyAsync(pair.Peer, bytes.Length));
        }

        pair.Peer.Close();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_reception_and_its_answer_allocate_nothing()
    {
        const int Messages = 2_000;
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        List<long> allocatedBytes = new(2 * Messages);
        IActorRef echo = Sys.ActorOf(
            Props.Create(() => new PooledEcho(pair.Connection, allocatedBytes)).WithDispatcher(FlexTcpExt.DispatcherId));
        pair.Connection.Tell(new RegisterPooled(echo), bind);
        for (int i = 0; i < Messages; i++)
        {
            await pair.Peer.SendAsync("x"u8.ToArray());
            await ReceiveExactlyAsync(pair.Peer, 1);
        }

        // Counted on the loop's thread, which does all the work; the first half warms pools and queues up.
        long bytes = allocatedBytes[^1] - allocatedBytes[allocatedBytes.Count / 2];
        Assert.InRange(bytes, 0, Messages);
    }

    [Fact]
    public async Task Output_from_a_thread_that_is_not_the_loops_works_as_well()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        await pair.Peer.SendAsync("in"u8.ToArray());
        PooledReceived received = await pair.Handler.ExpectMsgAsync<PooledReceived>();
        Assert.Equal("in"u8, received.Span);
        received.Release();
        Assert.Throws<InvalidOperationException>(() => received.Span.Length);
        Assert.Throws<InvalidOperationException>(received.Release);

        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        "direct "u8.CopyTo(output.GetSpan(7));
        output.Advance(7);
        Assert.Equal(7, output.UnsentBytes);
        output.Flush();
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("and write")), pair.Handler);
        Assert.Equal("direct and write"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 16));
        output.NotifyWhenUnsentAtMost(0);
        await pair.Handler.ExpectMsgAsync<OutputDrained>();
    }

    [Fact]
    public async Task A_slow_handler_cannot_take_every_buffer()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair slow = await ConnectAsync(bind, endpoint, pooled: true);
        using TcpPair other = await ConnectAsync(bind, endpoint);
        List<PooledReceived> held = [];
        for (int i = 0; i < 20; i++)
        {
            await slow.Peer.SendAsync(new[] { (byte)i });
            held.Add(await slow.Handler.ExpectMsgAsync<PooledReceived>());
        }

        await other.Peer.SendAsync("still"u8.ToArray());
        Assert.Equal("still", (await other.Handler.ExpectMsgAsync<Tcp.Received>()).Data.ToString());
        Assert.Equal(Enumerable.Range(0, 20), held.Select(reception => (int)reception.Span[0]));
        held.ForEach(reception => reception.Release());
        slow.Peer.Close();
        other.Peer.Close();
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_handler_that_dies_with_receptions_leaks_none()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, pooled: true);
        for (int i = 0; i < 3; i++)
        {
            await pair.Peer.SendAsync("x"u8.ToArray());
            await pair.Handler.ExpectMsgAsync<PooledReceived>();
        }

        ActorLoop loop = Extension.Group.StartedLoops[0];
        Assert.True(await loop.RunAsync(() => Task.FromResult(loop.Loop.Buffers.Available)) < 8);
        Sys.Stop(pair.Handler);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public void The_output_of_a_foreign_connection_is_refused_by_name()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => FlexTcp.OutputOf(TestActor));
        Assert.Contains("FlexTcp", exception.Message, StringComparison.Ordinal);
    }

    private sealed class PooledEcho(IActorRef connection, List<long>? allocatedBytes) : UntypedActor
    {
        private readonly TcpOutput _output = FlexTcp.OutputOf(connection);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case PooledReceived received:
                    allocatedBytes?.Add(GC.GetAllocatedBytesForCurrentThread());
                    received.Span.CopyTo(_output.GetSpan(received.Length));
                    _output.Advance(received.Length);
                    received.Release();
                    _output.Flush();
                    break;
                case Tcp.ConnectionClosed:
                    Context.Stop(Self);
                    break;
            }
        }
    }
}

public sealed class PooledOnIoUringSpec() : PooledSpec("io-uring");

public sealed class PooledOnSyscallThreadsSpec() : PooledSpec("syscall-threads");
