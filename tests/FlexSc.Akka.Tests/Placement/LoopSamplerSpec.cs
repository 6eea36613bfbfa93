using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>What a live snapshot says of a loop, beside what really was.</summary>
public sealed class LoopSamplerSpec() : FlexScSpec(ConfigurationFactory.ParseString(
    """
    flexsc.loops { count = 1, pin = off }
    flexsc.eviction.automatic = off
    loops {
      type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
      mailbox-type = "FlexSc.Akka.Dispatch.LoopMailbox, FlexSc.Akka"
    }
    pool.type = Dispatcher
    """))
{
    private const int MessageBytes = 1000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private readonly List<Socket> _clients = [];

    private ActorLoop Loop => LoopGroup.Of(Sys).Loops[0];

    /// <remarks>On the pool a thread of its sends for itself, which the loop does not see.</remarks>
    [Theory]
    [InlineData("loops")]
    [InlineData("pool")]
    public void Connections_and_bytes_are_those_that_came_and_went(string handlerDispatcher)
    {
        const int connections = 4;
        const int messages = 3;
        EndPoint address = Listen(handlerDispatcher);
        LoopSampler sampler = new(LoopGroup.Of(Sys));
        long bytesBefore = Loop.Io.TransferredBytes;
        for (int i = 0; i < connections; i++)
        {
            Socket client = Connect(address);
            for (int message = 0; message < messages; message++)
            {
                Echo(client);
            }
        }

        // The client has the answer before the loop has the completion of its send.
        AwaitAssert(() => Assert.Equal(connections * messages * 2 * MessageBytes, Loop.Io.TransferredBytes - bytesBefore), Deadline);
        LoopLoad load = Assert.Single(sampler.Take().Loops);
        Assert.Equal(connections, load.Connections);
        Assert.True(load.NewConnectionsPerSecond > 0, "no connection came");
        Assert.Equal(messages * 2 * MessageBytes, load.BytesPerSecond / load.NewConnectionsPerSecond, precision: 3);

        LoopLoad after = Assert.Single(sampler.Take().Loops);
        Assert.Equal((0, 0, connections), (after.BytesPerSecond, after.NewConnectionsPerSecond, after.Connections));
    }

    [Fact]
    public void Silent_connections_have_an_entry_each_in_use()
    {
        EndPoint address = Listen("loops");
        for (int i = 0; i < 8; i++)
        {
            Echo(Connect(address));
        }

        LoopSampler sampler = new(LoopGroup.Of(Sys));
        AwaitAssert(
            () =>
            {
                // Eight receives and the accept.
                Assert.Equal(9, Loop.Loop.UsedEntries);
                Assert.Equal(9.0 / Loop.Loop.EntryCount, sampler.Take().Loops[0].PageOccupancy);
            },
            Deadline);
    }

    [Fact]
    public void Sends_are_timed_while_somebody_samples()
    {
        const int rounds = 200;
        Socket client = Connect(Listen("loops"));
        for (int round = 0; round < rounds; round++)
        {
            Echo(client);
        }

        Assert.Equal(0, Loop.Loop.CallTimes.Count);
        LoopSampler sampler = new(LoopGroup.Of(Sys));
        for (int round = 0; round < rounds; round++)
        {
            Echo(client);
        }

        AwaitCondition(() => Loop.Loop.CallTimes.Count > 0, Deadline);
        CallTimes times = Loop.Loop.CallTimes;
        Assert.Equal(times.Total.TotalMicroseconds / times.Count, sampler.Take().Loops[0].CompletionLatencyMicroseconds, precision: 3);
        Assert.True(times.Total > TimeSpan.Zero, "a send takes no time");
        Assert.Equal(0, sampler.Take().Loops[0].CompletionLatencyMicroseconds);
        sampler.Stop();
        Assert.False(Loop.Loop.TimesCalls);
    }

    [Fact]
    public void Actors_that_want_to_run_at_once_wait_for_each_other()
    {
        const int actors = 8;
        LoopSampler sampler = new(LoopGroup.Of(Sys));
        using CancellationTokenSource stop = new();
        for (int i = 0; i < actors; i++)
        {
            Sys.ActorOf(Props.Create(() => new Computing(stop.Token)).WithDispatcher("loops")).Tell("go");
        }

        AwaitAssert(
            () =>
            {
                LoopLoad load = sampler.Take().Loops[0];

                // The one that runs is not counted when the probe comes, and has queued again when the loop takes it in.
                Assert.InRange(load.QueuedWork, actors - 1, actors + 1);
                Assert.InRange(load.QueueWaitMicroseconds, (actors - 1) * 1000, double.MaxValue);
            },
            Deadline);
        stop.Cancel();
        AwaitAssert(
            () =>
            {
                LoopLoad load = sampler.Take().Loops[0];
                Assert.Equal((0, 0), (load.QueuedWork, load.QueueWaitMicroseconds));
            },
            Deadline);
    }

    [Fact]
    public void What_a_quota_held_back_is_said_of_the_time_since_the_look_before()
    {
        string root = Directory.CreateTempSubdirectory("flexsc-sampler-").FullName;
        try
        {
            Write("proc/self/status", "Cpus_allowed_list:\t0-3\n");
            Write("proc/self/cgroup", "0::/\n");
            Write("proc/self/mountinfo", "31 30 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
            Write("sys/fs/cgroup/cpu.max", "150000 100000\n");
            Write("sys/fs/cgroup/cpu.stat", "nr_periods 10\nnr_throttled 4\n");
            LoopSampler sampler = new(LoopGroup.Of(Sys), root);
            PlacementSample calm = sampler.Take();
            Assert.Equal((1.5, 0), (calm.Topology.Allowance.Quota?.Cores, calm.Throttled));

            Write("sys/fs/cgroup/cpu.stat", "nr_periods 12\nnr_throttled 5\n");
            Assert.Equal(0.5, sampler.Take().Throttled);
            Assert.Equal(0, sampler.Take().Throttled);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        void Write(string path, string text)
        {
            string file = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }

    [Fact]
    public void A_loop_that_sleeps_is_not_woken_to_be_asked()
    {
        LoopSampler sampler = new(LoopGroup.Of(Sys));
        AwaitCondition(() => Loop.Loop.IsParked, Deadline);
        sampler.Take();
        AwaitCondition(() => Loop.Loop.IsParked, Deadline);
        long turns = Loop.Loop.Turns;
        for (int i = 0; i < 10; i++)
        {
            Assert.Equal(0, sampler.Take().Loops[0].QueuedWork);
        }

        Assert.Equal(turns, Loop.Loop.Turns);
    }

    protected override void Dispose(bool disposing)
    {
        _clients.ForEach(static client => client.Dispose());
        base.Dispose(disposing);
    }

    private EndPoint Listen(string handlerDispatcher)
    {
        Sys.ActorOf(Props.Create(() => new EchoServer(TestActor, handlerDispatcher)).WithDispatcher("loops"));
        return ExpectMsg<Tcp.Bound>(Deadline).LocalAddress;
    }

    private Socket Connect(EndPoint address)
    {
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Deadline.TotalMilliseconds };
        _clients.Add(client);
        client.Connect(address);
        return client;
    }

    private static void Echo(Socket client)
    {
        byte[] bytes = new byte[MessageBytes];
        client.Send(bytes);
        for (int received = 0; received < bytes.Length;)
        {
            int count = client.Receive(bytes.AsSpan(received));
            Assert.True(count > 0, "the connection has ended");
            received += count;
        }
    }

    private sealed class EchoServer : ReceiveActor
    {
        public EchoServer(IActorRef told, string handlerDispatcher)
        {
            Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Tcp.Bound>(told.Tell);
            Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(
                Context.ActorOf(Props.Create(() => new EchoHandler()).WithDispatcher(handlerDispatcher)))));
        }
    }

    private sealed class EchoHandler : ReceiveActor
    {
        public EchoHandler()
        {
            Receive<Tcp.Received>(received => Sender.Tell(Tcp.Write.Create(received.Data)));
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }
    }

    private sealed class Computing : ReceiveActor
    {
        public Computing(CancellationToken stop) => ReceiveAny(_ =>
        {
            long until = Environment.TickCount64 + 2;
            while (Environment.TickCount64 < until)
            {
            }

            if (!stop.IsCancellationRequested)
            {
                Self.Tell("again");
            }
        });
    }
}
