using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using FlexSc.Akka.Dispatch;
using FlexSc.Akka.Hosting;
using FlexSc.Akka.IO;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace FlexSc.Akka.Tests.Hosting;

public sealed class WithFlexScSpec
{
    private static readonly Dictionary<string, string?> OneLoop = new() { ["FlexSc:Loops:Count"] = "1", ["FlexSc:Loops:Pin"] = "false" };

    [Fact]
    public async Task One_line_puts_the_sockets_on_flexsc()
    {
        await using FlexScHost host = await FlexScHost.StartAsync(OneLoop, static (akka, settings) => akka.WithFlexSc(settings));
        Assert.StartsWith("/system/IO-FLEXSC-TCP/", await host.EchoAsync(), StringComparison.Ordinal);
        Assert.Single(FlexTcp.For(host.System).Figures);
    }

    [Fact]
    public async Task The_same_program_runs_on_stock_when_a_setting_says_so()
    {
        Dictionary<string, string?> settings = new(OneLoop) { ["FlexSc:Enabled"] = "false" };
        await using FlexScHost host = await FlexScHost.StartAsync(
            settings, static (akka, settings) => akka.WithFlexSc(settings, static options => options.ActorsOnLoops = true));
        Assert.StartsWith("/system/IO-TCP/", await host.EchoAsync(), StringComparison.Ordinal);
        Assert.Equal("pool", await WhereAsync(host.System, Props.Create(() => new Where()).WithFlexDispatcher()));
        Assert.False(FlexTcp.For(host.System).IsRunning);
    }

    [Theory]
    [InlineData("False", "pool")]
    [InlineData("True", "loop")]
    public async Task Actors_live_where_the_settings_say_or_they_themselves(string onLoops, string expected)
    {
        Dictionary<string, string?> settings = new(OneLoop) { ["FlexSc:ActorsOnLoops"] = onLoops };
        await using FlexScHost host = await FlexScHost.StartAsync(settings, static (akka, settings) => akka.WithFlexSc(settings));
        Assert.Equal(expected, await WhereAsync(host.System, Props.Create(() => new Where())));
        Assert.Equal("loop", await WhereAsync(host.System, Props.Create(() => new Where()).WithFlexDispatcher()));
    }

    [Fact]
    public async Task Without_the_redirect_only_flextcp_is_flexsc_s()
    {
        await using FlexScHost host = await FlexScHost.StartAsync([], static (akka, _) => akka.WithFlexSc(static options =>
        {
            options.RedirectSockets = false;
            options.Loops.Count = 1;
        }));
        Assert.StartsWith("/system/IO-TCP/", await host.EchoAsync(), StringComparison.Ordinal);
        Assert.True(FlexTcp.For(host.System).IsRunning);
    }

    [Fact]
    public async Task Code_goes_before_settings_and_settings_before_an_earlier_configuration()
    {
        Dictionary<string, string?> settings = new() { ["FlexSc:Loops:Pages"] = "8", ["FlexSc:Loops:WakeSpinUs"] = "7", ["FlexSc:Loops:Count"] = "2" };
        await using FlexScHost host = await FlexScHost.StartAsync(settings, static (akka, settings) => akka
            .AddHocon("flexsc.loops { pages = 16, wake-spin-us = 9, batch-wait-us = 11 }", HoconAddMode.Prepend)
            .WithFlexSc(settings, static options => options.Loops.Count = 1));
        Config loops = host.System.Settings.Config.GetConfig("flexsc.loops");
        Assert.Equal(
            (1, 8, 7, 11, 1024),
            (loops.GetInt("count"), loops.GetInt("pages"), loops.GetInt("wake-spin-us"), loops.GetInt("batch-wait-us"), loops.GetInt("receive-buffers")));
    }

    [Fact]
    public async Task The_drain_has_the_time_it_needs_unless_the_program_says_otherwise()
    {
        await using (FlexScHost host = await FlexScHost.StartAsync(new(OneLoop) { ["FlexSc:Tcp:DrainMs"] = "20000" }, static (akka, settings) => akka.WithFlexSc(settings)))
        {
            Assert.Equal(TimeSpan.FromSeconds(30), CoordinatedShutdown.Get(host.System).Timeout(CoordinatedShutdown.PhaseServiceRequestsDone));
        }

        const string own = "akka.coordinated-shutdown.phases.service-requests-done.timeout = 40s";
        await using FlexScHost other = await FlexScHost.StartAsync(
            new(OneLoop) { ["FlexSc:Tcp:DrainMs"] = "20000" }, static (akka, settings) => akka.AddHocon(own, HoconAddMode.Append).WithFlexSc(settings));
        Assert.Equal(TimeSpan.FromSeconds(40), CoordinatedShutdown.Get(other.System).Timeout(CoordinatedShutdown.PhaseServiceRequestsDone));
    }

    [Fact]
    public async Task A_wrong_value_ends_the_start_with_its_key_and_its_range()
    {
        Dictionary<string, string?> settings = new() { ["FlexSc:Loops:Pages"] = "2", ["FlexSc:Tcp:DrainMs"] = "-1", ["FlexSc:Udp:CloseTimeoutMs"] = "soon" };
        OptionsValidationException failed = await Assert.ThrowsAsync<OptionsValidationException>(
            () => FlexScHost.StartAsync(settings, static (akka, settings) => akka.WithFlexSc(settings)));
        Assert.Equal(
            [
                "FlexSc:Loops:Pages must be a number from 4 to 8192, not '2'",
                "FlexSc:Tcp:DrainMs must be a number from 0 to 3600000, not '-1'",
                "FlexSc:Udp:CloseTimeoutMs must be a number from 0 to 3600000, not 'soon'",
            ],
            failed.Failures);
    }

    [Fact]
    public async Task A_value_of_another_type_names_its_key()
    {
        InvalidOperationException failed = await Assert.ThrowsAsync<InvalidOperationException>(
            () => FlexScHost.StartAsync(new() { ["FlexSc:Loops:Count"] = "many" }, static (akka, settings) => akka.WithFlexSc(settings)));
        Assert.Contains("FlexSc:Loops:Count", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_a_program_binds_itself_are_judged_alike()
    {
        ValidateOptionsResult result = new FlexScOptionsValidator().Validate(null, new FlexScOptions { Loops = { Backend = "magic" } });
        Assert.Equal(["FlexSc:Loops:Backend must be one of auto, io-uring, syscall-threads, kernel-module, not 'magic'"], result.Failures);
        Assert.True(new FlexScOptionsValidator().Validate(null, new FlexScOptions()).Succeeded);
    }

    [Fact]
    public async Task Its_lines_and_an_unknown_key_come_to_the_program_s_logger()
    {
        LoggedLines lines = new();
        Dictionary<string, string?> settings = new(OneLoop) { ["FlexSc:Loops:Pags"] = "8" };
        await using FlexScHost host = await FlexScHost.StartAsync(
            settings,
            static (akka, settings) => akka.WithFlexSc(settings).ConfigureLoggers(static log =>
            {
                log.ClearLoggers();
                log.AddLoggerFactory();
            }),
            services => services.AddLogging(log => log.AddProvider(lines)));
        await host.EchoAsync();
        await lines.WaitForAsync("1 FlexSC loop on the backend ");
        await lines.WaitForAsync("the key flexsc.loops.pags is not known and has no effect; the nearest one is flexsc.loops.pages");
    }

    [Fact]
    public async Task A_program_without_hosting_has_a_setup()
    {
        using ActorSystem system = ActorSystem.Create("setup", FlexScSetup.Create(static options =>
        {
            options.Loops.Count = 1;
            options.ActorsOnLoops = true;
        }).With(ConfigurationFactory.ParseString("akka.loglevel = WARNING, flexsc.loops.count = 2")));
        Assert.Equal("loop", await WhereAsync(system, Props.Create(() => new Where())));
        Assert.Single(FlexTcp.For(system).Figures);
        Assert.True(system.Settings.Setup.Get<FlexScSetup>().Value.Options.ActorsOnLoops);
        await system.Terminate().WaitAsync(FlexScHost.Deadline);

        ConfigurationException failed = Assert.Throws<ConfigurationException>(
            () => FlexScSetup.Create(static options => options.Loops.Pages = 1).With(ConfigurationFactory.ParseString("flexsc.tcp.unbind = never")));
        Assert.Equal(
            "flexsc.loops.pages must be a number from 4 to 8192, not '1'; flexsc.tcp.unbind must be one of abort, keep, not 'never'", failed.Message);
    }

    private static async Task<string> WhereAsync(ActorSystem system, Props props) =>
        await system.ActorOf(props.WithDeploy(Deploy.Local.WithDispatcher(props.Dispatcher))).Ask<string>("where", FlexScHost.Deadline);

    private sealed class Where : ReceiveActor
    {
        public Where() => ReceiveAny(_ => Sender.Tell(Thread.CurrentThread.IsThreadPoolThread ? "pool" : Thread.CurrentThread.Name!.Contains("-flexsc-", StringComparison.Ordinal) ? "loop" : "elsewhere"));
    }
}
