using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace FlexSc.Akka.Tests.Hosting;

public sealed class FlexScHealthCheckSpec
{
    private static readonly Dictionary<string, string?> OneLoop = new()
    {
        ["FlexSc:Loops:Count"] = "1", ["FlexSc:Loops:Pin"] = "false", ["FlexSc:Loops:Backend"] = "syscall-threads",
    };

    [Fact]
    public async Task Both_ways_of_registering_report()
    {
        await using FlexScHost host = await FlexScHost.StartAsync(
            OneLoop, static (akka, settings) => akka.WithFlexSc(settings).WithFlexScHealthCheck(name: "by-akka"),
            static services => services.AddLogging().AddHealthChecks().AddFlexSc(tags: ["ready"]));
        HealthReport report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        foreach (string name in (string[])["by-akka", "flexsc"])
        {
            HealthReportEntry entry = report.Entries[name];
            Assert.True(entry.Status == HealthStatus.Healthy, entry.Description);
            Assert.Equal("1 loops on syscall-threads answer", entry.Description);
            Assert.Equal("syscall-threads", entry.Data["backend"]);
        }

        Assert.Contains("ready", report.Entries["flexsc"].Tags);
    }

    [Fact]
    public async Task A_blocked_loop_is_unhealthy_and_healthy_again_when_it_goes_on()
    {
        await using FlexScHost host = await FlexScHost.StartAsync(OneLoop, static (akka, settings) => akka.WithFlexSc(settings));
        FlexScHealthCheck check = new() { AnswerLimit = TimeSpan.FromSeconds(1) };
        using ManualResetEventSlim goOn = new();
        using ManualResetEventSlim isBlocked = new();
        Task<bool> blocking = FlexLoops.RunAsync(host.System, 0, _ =>
        {
            isBlocked.Set();
            return Task.FromResult(goOn.Wait(FlexScHost.Deadline));
        });
        Assert.True(isBlocked.Wait(FlexScHost.Deadline));
        HealthCheckResult blocked = await check.CheckAsync(host.System, HealthStatus.Unhealthy, CancellationToken.None);
        Assert.Equal(HealthStatus.Unhealthy, blocked.Status);
        Assert.StartsWith("loop 0 has not answered for 1000 ms: a handler blocks it", blocked.Description, StringComparison.Ordinal);
        goOn.Set();
        Assert.True(await blocking.WaitAsync(FlexScHost.Deadline));
        FlexScHealthCheck patient = new() { AnswerLimit = FlexScHost.Deadline };
        Assert.Equal(HealthStatus.Healthy, (await patient.CheckAsync(host.System, HealthStatus.Unhealthy, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task An_actor_that_blocks_its_loop_makes_it_unhealthy()
    {
        await using FlexScHost host = await FlexScHost.StartAsync(OneLoop, static (akka, settings) => akka.WithFlexSc(settings));
        using ManualResetEventSlim goOn = new();
        using ManualResetEventSlim isBlocked = new();
        host.System.ActorOf(Props.Create(() => new Blocking(isBlocked)).WithFlexDispatcher()).Tell(goOn);
        Assert.True(isBlocked.Wait(FlexScHost.Deadline));
        FlexScHealthCheck check = new() { AnswerLimit = TimeSpan.FromSeconds(1) };
        HealthCheckResult blocked = await check.CheckAsync(host.System, HealthStatus.Unhealthy, CancellationToken.None);
        goOn.Set();
        Assert.Equal(HealthStatus.Unhealthy, blocked.Status);
        Assert.StartsWith("loop 0 has not answered for 1000 ms: a handler blocks it", blocked.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refused_connections_degrade_until_the_next_look()
    {
        // Four pages have 256 entries, of which 128 are kept; a connection takes three.
        const int most = 42;
        await using FlexScHost host = await FlexScHost.StartAsync(
            new(OneLoop) { ["FlexSc:Loops:Pages"] = "4" }, static (akka, settings) => akka.WithFlexSc(settings));
        FlexScHealthCheck check = new() { AnswerLimit = FlexScHost.Deadline };
        EndPoint address = await BindAsync(host.System);
        List<Socket> peers = [];
        try
        {
            while (FlexTcp.For(host.System).Figures[0].RefusedConnections == 0)
            {
                Assert.True(peers.Count < 10 * most);
                Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
                peers.Add(peer);
                try
                {
                    await peer.ConnectAsync(address);
                }
                catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionReset)
                {
                    // It was refused before it knew that it was connected.
                }
            }

            HealthCheckResult result = await check.CheckAsync(host.System, HealthStatus.Unhealthy, CancellationToken.None);
            Assert.Equal(HealthStatus.Degraded, result.Status);
            Assert.Contains("its syscall entries were used up: raise flexsc.loops.pages", result.Description, StringComparison.Ordinal);

            // Those that came meanwhile are in one of the looks.
            HealthCheckResult after = result;
            for (int look = 0; look < 10 * most && after.Status != HealthStatus.Healthy; look++)
            {
                after = await check.CheckAsync(host.System, HealthStatus.Unhealthy, CancellationToken.None);
            }

            Assert.Equal(HealthStatus.Healthy, after.Status);
        }
        finally
        {
            peers.ForEach(static peer => peer.Dispose());
        }
    }

    [Fact]
    public void A_fallback_is_told_with_its_reason_and_remedy()
    {
        BackendChoice fallback = new(SyscallBackendKind.Auto, SyscallBackendKind.SyscallThreads, "io-uring cannot run: io_uring_setup: EPERM", ["allow it"]);
        Assert.Equal(
            "the backend is a fallback, syscall-threads: io-uring cannot run: io_uring_setup: EPERM; allow it", FlexScHealthCheck.FallbackOf(fallback));
        Assert.Null(FlexScHealthCheck.FallbackOf(fallback with { Requested = SyscallBackendKind.SyscallThreads }));
        Assert.Null(FlexScHealthCheck.FallbackOf(fallback with { Chosen = SyscallBackendKind.IoUring }));
    }

    [Theory]
    [InlineData("off", HealthStatus.Healthy, "flexsc.enabled is off: Akka.NET's own sockets serve")]
    [InlineData("on", HealthStatus.Degraded, "FlexSC needs Linux on x86-64, and this is Windows on x86-64: Akka.NET's own sockets serve")]
    public async Task Stock_is_healthy_where_it_is_wanted(string enabled, HealthStatus status, string description)
    {
        using ActorSystem system = ActorSystem.Create("stock", global::Akka.Actor.Setup.ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(ConfigurationFactory.ParseString($"flexsc.enabled = {enabled}, akka.loglevel = OFF, akka.stdout-loglevel = OFF")),
            new HostMachine("Windows", System.Runtime.InteropServices.Architecture.X64)));
        HealthCheckResult result = await new FlexScHealthCheck().CheckAsync(system, HealthStatus.Unhealthy, CancellationToken.None);
        Assert.Equal((status, description), (result.Status, result.Description));
        await system.Terminate();
    }

    [Fact]
    public async Task A_terminated_system_fails_as_its_registration_says()
    {
        ActorSystem system = ActorSystem.Create("over", "akka.loglevel = OFF, akka.stdout-loglevel = OFF, flexsc.loops.count = 1");
        _ = FlexTcp.For(system);
        await system.Terminate();
        HealthCheckResult result = await new FlexScHealthCheck().CheckAsync(system, HealthStatus.Degraded, CancellationToken.None);
        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.Contains("over", result.Description, StringComparison.Ordinal);
    }

    private static async Task<EndPoint> BindAsync(ActorSystem system)
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Keeper(bound)));
        return await bound.Task.WaitAsync(FlexScHost.Deadline);
    }

    private sealed class Blocking : ReceiveActor
    {
        public Blocking(ManualResetEventSlim isBlocked) => Receive<ManualResetEventSlim>(goOn =>
        {
            isBlocked.Set();
            goOn.Wait(FlexScHost.Deadline);
        });
    }

    private sealed class Keeper : ReceiveActor
    {
        public Keeper(TaskCompletionSource<EndPoint> bound)
        {
            Context.System.FlexTcp().Tell(new global::Akka.IO.Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<global::Akka.IO.Tcp.Bound>(message => bound.SetResult(message.LocalAddress));
            Receive<global::Akka.IO.Tcp.Connected>(_ => Sender.Tell(new global::Akka.IO.Tcp.Register(Self)));
        }
    }
}
