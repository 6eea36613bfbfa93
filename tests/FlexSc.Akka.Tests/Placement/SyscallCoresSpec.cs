using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Placement;
using FlexSc.Interop.Linux;
using Xunit;

namespace FlexSc.Akka.Tests.Placement;

/// <summary>Cores that are given to system calls, and taken back, while connections are served.</summary>
public abstract class SyscallCoresSpec(string backend, string placement, string loops = "pin = on") : FlexScSpec(ConfigurationFactory.ParseString(
    $$"""
    flexsc.loops { count = 1, backend = {{backend}}, submission-poll-idle-ms = 1, {{loops}} }
    flexsc.eviction.automatic = off
    flexsc.placement { interval-ms = 10, averaging-ms = 100, {{placement}} }
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """))
{
    protected static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private protected ActorLoop Loop => LoopGroup.Of(Sys).Loops[0];

    /// <summary>Starts placement, or skips the test with the reason.</summary>
    protected IActorRef Start()
    {
        Skip.If(ThreadAffinity.AllowedCpusOfProcess().Count < 2, "the process may use one core, so there is none to give");
        try
        {
            _ = LoopGroup.Of(Sys).Loops;
        }
        catch (LinuxException exception) when (backend == "io-uring")
        {
            throw new SkipException(exception.Message);
        }

        Sys.EventStream.Subscribe(TestActor, typeof(PlacementChanged));
        Sys.EventStream.Subscribe(TestActor, typeof(PlacementWarning));
        return Sys.FlexPlacement();
    }

    private protected static string Refusal(object answer, object command)
    {
        FlexPlacement.Refused refused = Assert.IsType<FlexPlacement.Refused>(answer);
        Assert.Equal(command, refused.Command);
        return refused.Reason;
    }

    protected Socket Connect()
    {
        Sys.ActorOf(Props.Create(() => new EchoServer(TestActor)).WithDispatcher("loops"));
        EndPoint address = ((Tcp.Bound)FishForMessage(static message => message is Tcp.Bound, Deadline)).LocalAddress;
        Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Deadline.TotalMilliseconds };
        client.Connect(address);
        return client;
    }

    protected static void Echo(Socket client, int number)
    {
        byte[] sent = new byte[100];
        new Random(number).NextBytes(sent);
        client.Send(sent);
        byte[] received = new byte[sent.Length];
        for (int count = 0; count < received.Length;)
        {
            int more = client.Receive(received.AsSpan(count));
            Assert.True(more > 0, "the connection has ended");
            count += more;
        }

        Assert.Equal(sent, received);
    }

    private sealed class EchoServer : ReceiveActor
    {
        public EchoServer(IActorRef told)
        {
            Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Tcp.Bound>(told.Tell);
            Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(Self)));
            Receive<Tcp.Received>(received => Sender.Tell(Tcp.Write.Create(received.Data)));
            Receive<Tcp.ConnectionClosed>(static _ => { });
        }
    }
}

/// <summary>As many as were asked for.</summary>
public abstract class ReservedSyscallCoresSpec(string backend) : SyscallCoresSpec(backend, "policy = adaptive, adaptive.minimum-stay-ms = 10")
{
    [SkippableFact]
    public void A_core_that_is_reserved_executes_the_calls_until_it_is_given_back()
    {
        IActorRef placement = Start();
        using Socket client = Connect();
        int number = 0;
        for (int round = 0; round < 5; round++)
        {
            placement.Tell(new FlexPlacement.ReserveSyscallCores(1), TestActor);
            FishForMessage<FlexPlacement.Done>(static _ => true, Deadline);
            AwaitServed(true);
            int core = Loop.Loop.ServedBy!.Value;
            placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
            PlacementPlan plan = FishForMessage<FlexPlacement.State>(static _ => true, Deadline).Plan;
            Assert.Equal([core], plan.SyscallCores);
            Assert.NotEqual(core, plan.Loops[0].Cpu);

            placement.Tell(new FlexPlacement.ReserveSyscallCores(0), TestActor);
            FishForMessage<FlexPlacement.Done>(static _ => true, Deadline);
            AwaitServed(false);
        }

        void AwaitServed(bool isServed)
        {
            while ((Loop.Loop.ServedBy is not null) != isServed)
            {
                Echo(client, number++);
                Assert.True(number < 1_000_000, "it stays as it is");
            }

            Echo(client, number++);
        }
    }

    [SkippableFact]
    public void What_the_core_does_shows()
    {
        IActorRef placement = Start();
        using Socket client = Connect();
        placement.Tell(new FlexPlacement.ReserveSyscallCores(1), TestActor);
        int number = 0;
        AwaitCondition(
            () =>
            {
                Echo(client, number++);
                placement.Tell(FlexPlacement.GetPlacement.Instance, TestActor);
                IReadOnlyList<SyscallCoreLoad> cores = FishForMessage<FlexPlacement.State>(static _ => true, Deadline).SyscallCores;
                return cores is [{ Utilisation: > 0, EntriesPerSecond: > 0 }] && cores[0].Cpu == Loop.Loop.ServedBy;
            },
            Deadline,
            TimeSpan.FromMilliseconds(1));
    }

    [SkippableFact]
    public void A_policy_that_does_not_go_by_it_refuses()
    {
        IActorRef placement = Start();
        placement.Tell(new FlexPlacement.SetPolicy("inline"), TestActor);
        FishForMessage<FlexPlacement.Done>(static _ => true, Deadline);
        FlexPlacement.ReserveSyscallCores command = new(1);
        placement.Tell(command, TestActor);
        Assert.Contains("SetPolicy", Refusal(FishForMessage(static message => message is FlexPlacement.Refused, Deadline), command), StringComparison.Ordinal);
    }
}

public sealed class ReservedSyscallCoresOfIoUringSpec() : ReservedSyscallCoresSpec("io-uring");

public sealed class ReservedSyscallCoresOfThreadsSpec() : ReservedSyscallCoresSpec("syscall-threads");

/// <summary>A map that names one.</summary>
public sealed class StaticSyscallCoreSpec() : SyscallCoresSpec(
    "auto", $"policy = static, static {{ loop-cpus = {ThreadAffinity.AllowedCpusOfProcess()[0]}, syscall-cpus = {ThreadAffinity.AllowedCpusOfProcess()[^1]} }}")
{
    [SkippableFact]
    public void The_map_is_carried_out()
    {
        Start();
        AwaitCondition(() => Loop.Loop.ServedBy == ThreadAffinity.AllowedCpusOfProcess()[^1], Deadline);
        using Socket client = Connect();
        Echo(client, 1);
    }
}

/// <summary>One that is wrong.</summary>
public sealed class WrongSyscallCoreSpec() : SyscallCoresSpec(
    "auto", $"policy = static, static {{ loop-cpus = {ThreadAffinity.AllowedCpusOfProcess()[0]}, syscall-cpus = {ThreadAffinity.AllowedCpusOfProcess()[0]} }}")
{
    [SkippableFact]
    public void A_syscall_core_that_is_the_core_of_a_busy_loop_is_reported_with_the_remedy()
    {
        Start();
        using CancellationTokenSource stop = new();
        Sys.ActorOf(Props.Create(() => new Busy(stop.Token)).WithDispatcher("loops")).Tell("go");
        PlacementWarning warning = FishForMessage<PlacementWarning>(static _ => true, Deadline);
        stop.Cancel();
        int core = ThreadAffinity.AllowedCpusOfProcess()[0];
        Assert.StartsWith($"core {core} executes system calls and runs loop 0, which asks for", warning.Text, StringComparison.Ordinal);
        Assert.Contains("flexsc.placement.static.syscall-cpus", warning.Remedy, StringComparison.Ordinal);
    }

    private sealed class Busy : ReceiveActor
    {
        public Busy(CancellationToken stop) => ReceiveAny(_ =>
        {
            long until = Environment.TickCount64 + 1;
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

/// <summary>One that was named from the start.</summary>
public sealed class PolledFromTheStartSpec() : SyscallCoresSpec(
    "io-uring", "policy = adaptive", $"submission-poll-cpu = {ThreadAffinity.AllowedCpusOfProcess()[^1]}")
{
    [SkippableFact]
    public void A_core_that_was_named_for_good_is_left_alone()
    {
        IActorRef placement = Start();
        FlexPlacement.ReserveSyscallCores command = new(1);
        placement.Tell(command, TestActor);
        string reason = Refusal(FishForMessage(static message => message is FlexPlacement.Refused, Deadline), command);
        Assert.Contains("flexsc.loops.submission-poll-cpu", reason, StringComparison.Ordinal);
        Assert.Equal(ThreadAffinity.AllowedCpusOfProcess()[^1], Loop.Loop.ServedBy);
    }
}
