using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.IO;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.Stock;

/// <summary>A program written for FlexSC where FlexSC does not run: Akka.NET's own sockets and thread pool, and one line that says why.</summary>
public abstract class StockInsteadSpec(string config, Architecture architecture, string reason) : TestKit(Setup(config, new HostMachine("Windows", architecture)))
{
    private const string Program = """
        akka.actor.default-mailbox.mailbox-type = "FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka"
        akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
        akka.extensions = ["FlexSc.Akka.IO.FlexTcp, FlexSc.Akka", "FlexSc.Akka.IO.FlexUdp, FlexSc.Akka"]
        by-executor { type = Dispatcher, executor = "FlexSc.Akka.Dispatch.FlexExecutorConfigurator, FlexSc.Akka", throughput = 10 }
        akka.test.single-expect-default = 30s
        """;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Both_ways_to_the_sockets_lead_to_akka_io()
    {
        foreach (IActorRef manager in (IActorRef[])[Sys.Tcp(), Sys.FlexTcp(), FlexTcp.For(Sys).Manager])
        {
            TestProbe handler = CreateTestProbe();
            manager.Tell(new Tcp.Bind(handler, new IPEndPoint(IPAddress.Loopback, 0)), handler);
            EndPoint address = (await handler.ExpectMsgAsync<Tcp.Bound>(Deadline)).LocalAddress;
            Assert.StartsWith("/system/IO-TCP/", handler.LastSender.Path.ToStringWithoutAddress(), StringComparison.Ordinal);
            using Socket peer = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Deadline.TotalMilliseconds };
            peer.Connect(address);
            await handler.ExpectMsgAsync<Tcp.Connected>(Deadline);
            handler.LastSender.Tell(new Tcp.Register(handler), handler);
            handler.LastSender.Tell(Tcp.Write.Create(ByteString.FromString("hello")), handler);
            byte[] received = new byte[5];
            Assert.Equal(5, await peer.ReceiveAsync(received).WaitAsync(Deadline));
            Assert.Equal("hello", Encoding.ASCII.GetString(received));
        }

        Assert.Same(Sys.Udp(), Sys.FlexUdp());
        Assert.Same(UdpConnected.Instance.Apply(Sys).Manager, Sys.FlexUdpConnected());
    }

    [Theory]
    [InlineData("akka.actor.default-dispatcher")]
    [InlineData("flexsc.dispatcher")]
    [InlineData("by-executor")]
    public async Task Actors_of_every_dispatcher_run_on_the_thread_pool(string dispatcher)
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Where()).WithDispatcher(dispatcher).WithMailbox(FlexTcpExt.MailboxId));
        Assert.True(await actor.Ask<bool>("on the pool?", Deadline));
    }

    [Fact]
    public async Task What_has_no_counterpart_says_why()
    {
        FlexTcpExt tcp = FlexTcp.For(Sys);
        Assert.False(tcp.IsRunning);
        Assert.Empty(tcp.Figures);
        Assert.Equal(default, FlexUdp.For(Sys).Figures);
        Assert.Equal(new TcpDrained(0, 0, 0), await tcp.DrainAsync(TimeSpan.Zero));
        Assert.StartsWith($"a FlexSC loop cannot run: {reason}; ", Assert.Throws<PlatformNotSupportedException>(() => tcp.Backend).Message, StringComparison.Ordinal);
        Assert.StartsWith($"FlexFile cannot run: {reason}; use .NET's files", Assert.Throws<PlatformNotSupportedException>(() => FlexFile.For(Sys)).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<PlatformNotSupportedException>(() => FlexLoops.RunAsync(Sys, _ => Task.FromResult(0)));
    }

    private static ActorSystemSetup Setup(string config, HostMachine machine) =>
        ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(config).WithFallback(ConfigurationFactory.ParseString(Program)).WithFallback(DefaultConfig)), machine);

    private sealed class Where : ReceiveActor
    {
        public Where() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread.IsThreadPoolThread));
    }
}

public sealed class OnWindowsSpec() : StockInsteadSpec("", Architecture.X64, "FlexSC needs Linux on x86-64 or arm64, and this is Windows on x86-64");

public sealed class OnAnotherArchitectureSpec() : StockInsteadSpec("", Architecture.Arm64, "FlexSC needs Linux on x86-64 or arm64, and this is Windows on arm64");

public sealed class SwitchedOffSpec() : StockInsteadSpec("flexsc.enabled = off", Architecture.X64, "flexsc.enabled is off");

public sealed class StockInsteadMessageSpec
{
    [Theory]
    [InlineData("Linux", Architecture.X64, null)]
    [InlineData("macOS", Architecture.Arm64, "FlexSC needs Linux on x86-64 or arm64, and this is macOS on arm64")]
    [InlineData("Linux", Architecture.Arm64, null)]
    [InlineData("Linux", Architecture.RiscV64, "FlexSC needs Linux on x86-64 or arm64, and this is Linux on RiscV64")]
    public void A_machine_is_judged_by_system_and_architecture(string system, Architecture architecture, string? obstacle) =>
        Assert.Equal(obstacle, new HostMachine(system, architecture).Obstacle);

    [Theory]
    [InlineData("", "Warning", "FlexSC needs Linux on x86-64 or arm64, and this is macOS on arm64")]
    [InlineData("flexsc.enabled = off", "Info", "flexsc.enabled is off")]
    public async Task It_is_told_once(string config, string level, string reason)
    {
        using ActorSystem system = ActorSystem.Create("told", ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString(config).WithFallback("akka.stdout-loglevel = OFF, akka.loglevel = INFO, akka.log-config-on-start = off")),
            new HostMachine("macOS", Architecture.Arm64)));
        Inbox log = Inbox.Create(system);
        system.EventStream.Subscribe(log.Receiver, typeof(LogEvent));
        _ = system.FlexTcp();
        _ = system.FlexUdp();
        system.EventStream.Publish(new Info("test", typeof(StockInsteadMessageSpec), "the last one"));
        List<LogEvent> told = [];
        for (LogEvent next = await NextAsync(); !next.Message.ToString()!.Contains("the last one", StringComparison.Ordinal); next = await NextAsync())
        {
            told.Add(next);
        }

        LogEvent only = Assert.Single(told, line => line.Message.ToString()!.StartsWith("FlexSC", StringComparison.OrdinalIgnoreCase));
        Assert.Equal($"{reason}: sockets are Akka.IO's own, and actors run on the thread pool", only.Message.ToString());
        Assert.StartsWith(level, only.LogLevel().ToString(), StringComparison.Ordinal);
        await system.Terminate();

        async Task<LogEvent> NextAsync() => (LogEvent)await log.ReceiveAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_word_that_is_neither_is_named()
    {
        using ActorSystem system = ActorSystem.Create("neither", "flexsc.enabled = maybe, akka.loglevel = OFF, akka.stdout-loglevel = OFF");
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => system.FlexTcp());
        Assert.Equal("flexsc.enabled must be one of on, off, true, false, not 'maybe'", exception.Message);
    }
}

file static class ConfigText
{
    public static Config WithFallback(this Config config, string text) => config.WithFallback(ConfigurationFactory.ParseString(text));
}
