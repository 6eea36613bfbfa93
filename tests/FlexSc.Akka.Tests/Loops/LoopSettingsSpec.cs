using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

public sealed class LoopSettingsSpec
{
    [Theory]
    [InlineData("", false)]
    [InlineData("""akka.actor.default-dispatcher.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka" """, true)]
    public void Without_a_word_there_is_a_loop_for_each_core_and_pinned_where_it_runs_the_actors(string actors, bool pinned)
    {
        LoopSettings settings = LoopSettings.Create(ConfigurationFactory.ParseString(actors));
        Assert.Equal(Math.Min(Environment.ProcessorCount, ThreadAffinity.AllowedCpus().Count), settings.Count);
        Assert.Equal(ThreadAffinity.AllowedCpus().Take(settings.Count).Select(cpu => pinned ? (int?)cpu : null), settings.Cpus);
        Assert.Equal(SyscallBackendKind.Auto, settings.LoopOptions.Backend);
        Assert.Null(settings.LoopOptions.SubmissionPollCpu);
    }

    [Fact]
    public void Named_cores_make_the_number_of_loops()
    {
        LoopSettings settings = Create("""cpus = "0,2-3" """);
        Assert.Equal(3, settings.Count);
        Assert.Equal([0, 2, 3], settings.Cpus);
    }

    [Theory]
    [InlineData("count = 1", 1)]
    [InlineData("count = 4", 2)]
    [InlineData("count = 5", 2)]
    [InlineData("count = 5, without-actors = all", 5)]
    [InlineData("count = 5, without-actors = 3", 3)]
    public void Half_of_the_loops_get_connections_while_no_actor_lives_on_one(string section, int loops) =>
        Assert.Equal(loops, Create(section).LoopsWithoutActors);

    [Fact]
    public void More_loops_than_cores_are_not_pinned()
    {
        Assert.All(Create("count = 5").Cpus, cpu => Assert.Null(cpu));
        Assert.All(Create("count = 1, pin = off").Cpus, cpu => Assert.Null(cpu));
    }

    [Theory]
    [InlineData("count = 0", "flexsc.loops.count must be a number from 1 to 1024, not '0'")]
    [InlineData("count = many", "flexsc.loops.count must be a number")]
    [InlineData("cpus = \"3-1\"", "flexsc.loops.cpus takes core numbers and ranges")]
    [InlineData("cpus = \"0,0\"", "names a core twice")]
    [InlineData("cpus = \"0,1\", count = 3", "names 2 cores for 3 loops")]
    [InlineData("backend = magic", "flexsc.loops.backend must be one of auto, io-uring, syscall-threads, kernel-module, not 'magic'")]
    [InlineData("placement = anywhere", "flexsc.loops.placement must be one of spread, parent")]
    [InlineData("without-actors = 0", "flexsc.loops.without-actors must be half, all, or a number from 1 to 1024, not '0'")]
    [InlineData("without-actors = few", "flexsc.loops.without-actors must be half, all, or a number from 1 to 1024, not 'few'")]
    [InlineData("receive-buffers = 3", "flexsc.loops.receive-buffers: receive-buffers must be a power of two, not '3'")]
    [InlineData("submission-slots = 100", "flexsc.loops.submission-slots: submission-slots must be a power of two, not '100'")]
    [InlineData("completion-slots = 256", "flexsc.loops.completion-slots: completion-slots")]
    [InlineData("receive-buffer-bytes = 1", "flexsc.loops.receive-buffer-bytes: receive-buffer-bytes")]
    [InlineData("pages = 2", "flexsc.loops.pages must be a number from 4 to 8192")]
    [InlineData("backend = kernel-module, pages = 1025", "flexsc.loops.pages")]
    [InlineData("syscall-threads = 65", "flexsc.loops.syscall-threads")]
    [InlineData("syscall-thread-cpus = \"0,x\"", "flexsc.loops.syscall-thread-cpus takes core numbers")]
    [InlineData("syscall-thread-spin-us = 100001", "flexsc.loops.syscall-thread-spin-us")]
    [InlineData("send-block-bytes = 1", "flexsc.loops.send-block-bytes")]
    [InlineData("submission-poll-cpu = x", "flexsc.loops.submission-poll-cpu")]
    public void A_value_out_of_range_is_named(string loops, string text)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Create(loops));
        Assert.Contains(text, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_option_is_named_as_only_a_program_knows_it()
    {
        string[] properties = [.. typeof(SyscallLoopOptions).GetProperties().Select(property => property.Name)];
        Assert.All(
            properties.Where(property => property is not (nameof(SyscallLoopOptions.Backend) or nameof(SyscallLoopOptions.Cpu)
                or nameof(SyscallLoopOptions.PostedWorkLimit) or nameof(SyscallLoopOptions.PostedWorkPerTurn))),
            property => Assert.DoesNotContain(
                property, LoopSettingNames.Describe("flexsc.loops", new ArgumentOutOfRangeException(property, 0, $"{property} is wrong")),
                StringComparison.Ordinal));
    }

    [Fact]
    public void A_fallback_is_told_as_a_warning_with_its_remedy()
    {
        BackendChoice fallback = new(
            SyscallBackendKind.Auto, SyscallBackendKind.SyscallThreads, "io-uring cannot run: io_uring_setup: EPERM", ["allow it in the seccomp profile"]);
        (bool isFallback, string text) = LoopGroup.DescribeStart(2, fallback);
        Assert.True(isFallback);
        Assert.Contains("2 FlexSC loops on the backend syscall-threads: io-uring cannot run: io_uring_setup: EPERM; allow it in", text, StringComparison.Ordinal);
        Assert.False(LoopGroup.DescribeStart(1, fallback with { Requested = SyscallBackendKind.SyscallThreads }).IsFallback);
        Assert.False(LoopGroup.DescribeStart(1, fallback with { Chosen = SyscallBackendKind.IoUring }).IsFallback);
    }

    [Fact]
    public void A_key_that_nobody_reads_is_named_with_the_nearest_one()
    {
        IReadOnlyList<string> warnings = UnknownKeys.Warnings(ConfigurationFactory.ParseString("""
            flexsc.loops { count = 1, recieve-buffers = 4, backend = auto }
            flexsc.tcp.unbnid = keep
            flexsc.loop.pages = 4
            flexsc.dispatcher.shutdown-timeout = 1s
            akka.loglevel = WARNING
            """));
        Assert.Equal(3, warnings.Count);
        Assert.Contains(warnings, warning => warning.Contains("flexsc.loops.recieve-buffers is not known", StringComparison.Ordinal)
            && warning.EndsWith("flexsc.loops.receive-buffers", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.EndsWith("the nearest one is flexsc.tcp.unbind", StringComparison.Ordinal));
        Assert.Contains(warnings, warning => warning.EndsWith("the nearest one is flexsc.loops.pages", StringComparison.Ordinal));
        Assert.Empty(UnknownKeys.Warnings(ConfigurationFactory.ParseString("akka.loglevel = WARNING")));
    }

    [Fact]
    public void A_key_that_there_was_is_named_with_what_says_the_same_now()
    {
        string warning = Assert.Single(UnknownKeys.Warnings(ConfigurationFactory.ParseString("flexsc.placement.slow-run-ms = 5")));
        Assert.EndsWith("has no effect; set flexsc.eviction.slow-run-ms instead", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9", "core 9, but")]
    [InlineData("0,8-9", "cores 8, 9, but")]
    public void Cores_that_the_process_may_not_use_are_named(string cpus, string named)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(() => Create($"cpus = \"{cpus}\""));
        Assert.Equal(
            $"flexsc.loops.cpus names {named} this process may use 0, 1, 2, 3 alone: name cores of those, or start it with others (taskset, the container's cpuset)",
            exception.Message);
    }

    [Fact]
    public void More_loops_than_cores_are_told()
    {
        Assert.Empty(Create("count = 4").Warnings);
        Assert.Equal(
            ["flexsc.loops.count makes 5 loops for the 4 cores that this process may use: they take turns on them, and none is pinned; set it to cores, or to 4 at most"],
            Create("count = 5").Warnings);
    }

    [Theory]
    [InlineData("Nowhere.Mailbox, Nowhere", "which is no type that can be found")]
    [InlineData("FlexSc.Akka.IO.RedirectMailbox, FlexSc.Akka", "which is the redirect itself, and one is enough")]
    [InlineData("Akka.Actor.ActorSystem, Akka", "which is no mailbox type: it must extend Akka.Dispatch.MailboxType")]
    [InlineData("Akka.Dispatch.MailboxType, Akka", "which is no mailbox type")]
    [InlineData("FlexSc.Akka.Tests.Loops.MailboxWithoutConfig, FlexSc.Akka.Tests", "which cannot be made: a mailbox type has a public constructor")]
    public void A_mailbox_that_cannot_be_delegated_to_is_named(string type, string text)
    {
        ConfigurationException exception = Assert.Throws<ConfigurationException>(
            () => RedirectMailbox.TypeOfDelegate(ConfigurationFactory.ParseString($"flexsc.redirect.delegate = \"{type}\"")));
        Assert.StartsWith($"flexsc.redirect.delegate is '{type}', {text}", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_switch_that_is_neither_on_nor_off_is_named() => Assert.Contains(
        "flexsc.tcp.direct-writes must be one of on, off, true, false, not 'sometimes'",
        new FlexScOptions().Mistakes(ConfigurationFactory.ParseString("flexsc.tcp.direct-writes = sometimes")));

    private static LoopSettings Create(string loops) =>
        LoopSettings.Create(ConfigurationFactory.ParseString($"flexsc.loops {{ {loops} }}"), [0, 1, 2, 3]);
}

/// <summary>A mailbox type that Akka.NET could not make either.</summary>
public sealed class MailboxWithoutConfig : MailboxType
{
    /// <summary>Without what Akka.NET gives.</summary>
    public MailboxWithoutConfig()
        : base(null!, Config.Empty)
    {
    }

    /// <inheritdoc/>
    public override IMessageQueue Create(IActorRef owner, ActorSystem system) => new UnboundedMessageQueue();
}
