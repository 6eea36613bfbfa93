using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.Tls;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Where accepted connections go: to the loop with the least load, or to the loop that the kernel gave them to.</summary>
public sealed class AcceptanceSpreadSpec() : TcpFixture("""
    flexsc.loops { count = 2, stall-warning-ms = 100, give-up-ms = 400 }
    flexsc.eviction.automatic = off
    """)
{
    private const int Connections = 30;

    private IReadOnlyList<ActorLoop> Loops => LoopGroup.Of(Sys).Loops;

    [Fact]
    public async Task Loops_with_the_same_load_take_them_in_turn()
    {
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        using Peers peers = await ConnectAsync(handler, endpoint, Connections);
        Assert.All(CountPerLoop(), static count => Assert.InRange(count, (Connections / 2) - 1, (Connections / 2) + 1));
    }

    [Fact]
    public async Task A_loop_that_has_connections_gets_none_until_the_other_has_as_many()
    {
        // They live where the actor lives that asked for them.
        using Socket sink = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sink.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        sink.Listen(Connections);
        int port = ((IPEndPoint)sink.LocalEndPoint!).Port;
        _ = Sys.FlexTcp();
        IActorRef asker = Sys.ActorOf(Props.Create(() => new Asker()).WithFlexDispatcher());
        int loaded = await asker.Ask<int>("loop", Deadline);
        for (int i = 0; i < Connections; i++)
        {
            Assert.True(await asker.Ask<bool>(port, Deadline));
        }

        Assert.Equal((Connections, 0), (Loops[loaded].Io.ConnectionCount, Loops[1 - loaded].Io.ConnectionCount));
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        using Peers peers = await ConnectAsync(handler, endpoint, Connections);

        // How busy they are may differ by some percent.
        Assert.InRange(Loops[1 - loaded].Io.ConnectionCount, Connections - 4, Connections);
    }

    [Fact]
    public async Task A_loop_that_computes_gets_fewer()
    {
        _ = Sys.FlexTcp();
        IActorRef computing = Sys.ActorOf(Props.Create(() => new Computing()).WithFlexDispatcher());
        int busy = await computing.Ask<int>("loop", Deadline);
        int idleFactor = Loops[1 - busy].Busyness.Factor;
        computing.Tell(true);
        await AwaitConditionAsync(() => Task.FromResult(Loops[busy].Busyness.Factor > 4 * idleFactor), Deadline);
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        using Peers peers = await ConnectAsync(handler, endpoint, Connections);
        int[] counts = CountPerLoop();
        computing.Tell(false);
        Assert.InRange(counts[busy], 0, Connections / 4);
    }

    [Fact]
    public async Task Short_connections_are_spread_though_none_is_open_when_the_next_comes()
    {
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        long[] before = [.. Loops.Select(static loop => loop.Io.TakenConnections)];
        for (int i = 0; i < Connections; i++)
        {
            using (await ConnectAsync(handler, endpoint, 1))
            {
            }

            await AwaitAssertAsync(() => Assert.Equal([0, 0], CountPerLoop()), Deadline);
        }

        Assert.All(Loops.Zip(before, static (loop, taken) => loop.Io.TakenConnections - taken), static count => Assert.InRange(count, Connections / 4, Connections * 3 / 4));
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public async Task By_its_option_a_Bind_listens_on_each_loop(bool isOn, int listeners)
    {
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync(options: [ListenOptions.PerLoop(isOn)]);
        IActorRef listener = handler.LastSender;
        Assert.Equal(listeners, ListeningSockets(endpoint.Port));
        using Peers peers = await ConnectAsync(handler, endpoint, 2 * Connections);
        Assert.All(CountPerLoop(), static count => Assert.NotEqual(0, count));
        listener.Tell(Tcp.Unbind.Instance, handler);
        await handler.FishForMessageAsync(static message => message is Tcp.Unbound, Deadline);
        Assert.Equal(0, ListeningSockets(endpoint.Port));
    }

    [Fact]
    public async Task A_loop_that_is_given_up_does_not_listen_until_it_comes_back()
    {
        TestProbe events = CreateTestProbe();
        Sys.EventStream.Subscribe(events, typeof(LoopGivenUp));
        Sys.EventStream.Subscribe(events, typeof(LoopCameBack));
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync(options: [ListenOptions.PerLoop()]);
        ActorLoop stuck = Loops[1];
        using ManualResetEventSlim release = new();
        _ = stuck.RunAsync(() => Task.FromResult(release.Wait(Deadline)));
        Assert.Equal(1, (await events.ExpectMsgAsync<LoopGivenUp>(Deadline)).Loop);
        await AwaitAssertAsync(() => Assert.Equal(1, ListeningSockets(endpoint.Port)), Deadline);
        using (await ConnectAsync(handler, endpoint, Connections))
        {
            Assert.Equal([Connections, 0], CountPerLoop());
        }

        release.Set();
        await events.ExpectMsgAsync<LoopCameBack>(Deadline);
        await AwaitAssertAsync(() => Assert.Equal(2, ListeningSockets(endpoint.Port)), Deadline);
        using Peers peers = await ConnectAsync(handler, endpoint, 2 * Connections);
        Assert.NotEqual(0, stuck.Io.ConnectionCount);
    }

    [Fact]
    public async Task A_Unix_socket_cannot_be_one_of_several()
    {
        TestProbe handler = CreateTestProbe();
        UnixDomainSocketEndPoint address = new($"\0flexsc-{Guid.NewGuid():N}");
        await EventFilter.Error(contains: "could not be begun").ExpectOneAsync(Deadline, async () =>
        {
            Sys.FlexTcp().Tell(new Tcp.Bind(handler, address, options: [ListenOptions.PerLoop()]), handler);
            Tcp.CommandFailed failed = await handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
            Assert.IsType<ArgumentException>(failed.Cause.Value);
        });
    }

    /// <summary>As the kernel has them: proc_net(5), where state 0A is LISTEN.</summary>
    private static int ListeningSockets(int port)
    {
        string local = string.Create(CultureInfo.InvariantCulture, $"0100007F:{port:X4}");
        return File.ReadLines("/proc/self/net/tcp").Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Count(fields => fields[1] == local && fields[3] == "0A");
    }

    private int[] CountPerLoop() => [.. Loops.Select(static loop => loop.Io.ConnectionCount)];

    /// <summary>Connections, each of which its handler was told of before the next one.</summary>
    private static async Task<Peers> ConnectAsync(TestProbe handler, IPEndPoint endpoint, int count)
    {
        Peers peers = new();
        for (int i = 0; i < count; i++)
        {
            Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
            peers.Add(peer);
            await peer.ConnectAsync(endpoint);
            await handler.FishForMessageAsync(static message => message is Tcp.Connected, Deadline);
            handler.LastSender.Tell(new Tcp.Register(handler), handler);
        }

        return peers;
    }

    private sealed class Peers : List<Socket>, IDisposable
    {
        public void Dispose() => ForEach(static peer => peer.Dispose());
    }

    private sealed class Asker : ReceiveActor
    {
        private IActorRef? _asked;

        public Asker()
        {
            Receive<string>(_ => Sender.Tell(ActorLoop.Current!.Index));
            Receive<int>(port =>
            {
                _asked = Sender;
                Context.System.FlexTcp().Tell(new Tcp.Connect(new IPEndPoint(IPAddress.Loopback, port)));
            });
            Receive<Tcp.CommandFailed>(failed => _asked!.Tell(new Status.Failure(failed.Cause.Value)));
            Receive<Tcp.Connected>(_ =>
            {
                Sender.Tell(new Tcp.Register(Self));
                _asked!.Tell(true);
            });
        }
    }

    /// <summary>Keeps its loop busy, a little at a time.</summary>
    private sealed class Computing : ReceiveActor
    {
        private const int PieceMs = 2;
        private bool _goesOn;

        public Computing()
        {
            Receive<string>(_ => Sender.Tell(ActorLoop.Current!.Index));
            Receive<bool>(goesOn =>
            {
                _goesOn = goesOn;
                Self.Tell(0);
            });
            Receive<int>(_ =>
            {
                long end = Environment.TickCount64 + PieceMs;
                while (Environment.TickCount64 < end)
                {
                }

                if (_goesOn)
                {
                    Self.Tell(0);
                }
            });
        }
    }
}

/// <summary>While no actor lives on the loops, some of them get all connections.</summary>
public sealed class SpreadWithoutActorsSpec() : TcpFixture("flexsc.loops { count = 4, without-actors = half }")
{
    private const int Connections = 16;

    private IReadOnlyList<ActorLoop> Loops => LoopGroup.Of(Sys).Loops;

    [Fact]
    public async Task Half_of_the_loops_accept_and_serve_until_an_actor_runs_on_one()
    {
        List<Socket> peers = [];
        try
        {
            // Twice as many listeners as loops: each of the others would have one.
            List<(TestProbe Handler, IPEndPoint Endpoint)> bound = [];
            for (int i = 0; i < 2 * Loops.Count; i++)
            {
                bound.Add(await BindAsync());
            }

            for (int i = 0; i < Loops.Count; i++)
            {
                Assert.Equal(i < 2 ? 4 : 0, await Loops[i].RunAsync(() => Task.FromResult(Loops[i].Members.OfType<TcpAcceptor>().Count())));
            }

            await ConnectAsync(bound[0], peers);
            Assert.Equal([Connections / 2, Connections / 2, 0, 0], Loops.Select(static loop => loop.Io.ConnectionCount));

            IActorRef actor = Sys.ActorOf(Props.Create(() => new Echo()).WithFlexDispatcher());
            Assert.Equal("here", await actor.Ask<string>("here", Deadline));
            await ConnectAsync(bound[0], peers);
            Assert.All(Loops, static loop => Assert.InRange(loop.Io.ConnectionCount, (Connections / 2) - 1, (Connections / 2) + 1));
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    [Fact]
    public async Task Where_none_of_them_gets_new_work_the_others_do()
    {
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        List<Socket> peers = [];
        Extension.Group.Close([true, true, false, false]);
        await ConnectAsync((handler, endpoint), peers);
        Assert.Equal([0, 0, Connections / 2, Connections / 2], Loops.Select(static loop => loop.Io.ConnectionCount));
        Assert.Equal(2, Extension.Group.Spread.ChooseListening().Index & 2);
        peers.ForEach(static peer => peer.Dispose());
    }

    [Fact]
    public async Task Connections_that_a_loop_encrypts_are_on_all_of_them()
    {
        using TestCertificates certificates = new();
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync(options: [new TlsServer(TlsCertificate.From(certificates.Server, certificates.Chain))]);
        List<Socket> peers = [];
        for (int i = 0; i < Connections; i++)
        {
            Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
            peers.Add(peer);
            await peer.ConnectAsync(endpoint);
        }

        // They are connections of their loop from the handshake's begin.
        await AwaitAssertAsync(() => Assert.All(Loops, static loop => Assert.NotEqual(0, loop.Io.TakenConnections)), Deadline);
        peers.ForEach(static peer => peer.Dispose());
        await handler.ExpectNoMsgAsync(TimeSpan.Zero);
    }

    private static async Task ConnectAsync((TestProbe Handler, IPEndPoint Endpoint) bound, List<Socket> peers)
    {
        for (int i = 0; i < Connections; i++)
        {
            Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
            peers.Add(peer);
            await peer.ConnectAsync(bound.Endpoint);
            await bound.Handler.FishForMessageAsync(static message => message is Tcp.Connected, Deadline);
            bound.Handler.LastSender.Tell(new Tcp.Register(bound.Handler), bound.Handler);
        }
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }
}

/// <summary>With the setting each Bind listens on every loop.</summary>
public sealed class ListenPerLoopSpec() : TcpFixture("flexsc { loops.count = 2, tcp.listen-per-loop = on }")
{
    [Fact]
    public async Task Each_loop_accepts_what_it_serves()
    {
        (TestProbe handler, IPEndPoint endpoint) = await BindAsync();
        IReadOnlyList<ActorLoop> loops = LoopGroup.Of(Sys).Loops;
        foreach (ActorLoop loop in loops)
        {
            EndPoint address = await loop.RunAsync(() => Task.FromResult(loop.Members.OfType<TcpAcceptor>().Single().LocalAddress));
            Assert.Equal(endpoint, address);
        }

        TcpPair pair = await ConnectAsync(handler, endpoint);
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("served")), handler);
        Assert.Equal("served"u8.ToArray(), await ReceiveExactlyAsync(pair.Peer, 6));
        pair.Peer.Dispose();
        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
    }

    [Fact]
    public async Task A_loop_that_came_back_before_it_was_known_to_be_given_up_needs_no_other_socket()
    {
        LoopGroup group = Extension.Group;
        TaskCompletionSource<TcpAcceptor> opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int opened = 0;
        ListenerPerLoop listener = new(
            group,
            (_, _, _) =>
            {
                opened++;
                return opening.Task;
            },
            static _ => { },
            new TcpOwner(TestActor.Path, "connection", Sys.Log));
        Task<IListening> all = listener.OpenAsync(new Tcp.Bind(TestActor, new IPEndPoint(IPAddress.Loopback, 0)));
        await AwaitConditionAsync(() => Task.FromResult(Volatile.Read(ref opened) == 1), Deadline);
        await listener.OnCameBackAsync(group.Loops[0]).WaitAsync(Deadline);
        Assert.Equal(1, opened);
        opening.SetException(new IOException("as told"));
        await Assert.ThrowsAsync<IOException>(() => all.WaitAsync(Deadline));
    }

    [Fact]
    public async Task A_Unix_socket_has_one_all_the_same()
    {
        TestProbe handler = CreateTestProbe();
        Sys.FlexTcp().Tell(new Tcp.Bind(handler, new UnixDomainSocketEndPoint($"\0flexsc-{Guid.NewGuid():N}")), handler);
        await handler.ExpectMsgAsync<Tcp.Bound>(Deadline);
    }

    [Fact]
    public async Task An_address_that_is_taken_fails_the_Bind_and_leaves_nothing()
    {
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        TestProbe handler = CreateTestProbe();
        await EventFilter.Error(contains: "Bind failed").ExpectOneAsync(Deadline, async () =>
        {
            Sys.FlexTcp().Tell(new Tcp.Bind(handler, taken.LocalEndPoint!), handler);
            Tcp.CommandFailed failed = await handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
            Assert.Equal(SocketError.AddressAlreadyInUse, Assert.IsType<FlexSocketException>(failed.Cause.Value).SocketErrorCode);
        });
    }
}
