using Akka.Configuration;
using FlexSc.Akka.Loops;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Xunit;

namespace FlexSc.Akka.Tests.Loops;

public sealed class LoopSettingsSpec
{
    [Fact]
    public void Without_a_word_there_is_a_pinned_loop_on_each_core()
    {
        LoopSettings settings = Create("");
        Assert.Equal(Math.Min(Environment.ProcessorCount, ThreadAffinity.AllowedCpus().Count), settings.Count);
        Assert.Equal(ThreadAffinity.AllowedCpus().Take(settings.Count).Select(cpu => (int?)cpu), settings.Cpus);
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

    [Fact]
    public void More_loops_than_cores_are_not_pinned()
    {
        int count = ThreadAffinity.AllowedCpus().Count + 1;
        Assert.All(Create($"count = {count}").Cpus, cpu => Assert.Null(cpu));
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
    [InlineData("receive-buffers = 3", "BufferCount")]
    [InlineData("pages = 2", "flexsc.loops.pages must be a number from 4 to 1024")]
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

    private static LoopSettings Create(string loops) => LoopSettings.Create(ConfigurationFactory.ParseString($"flexsc.loops {{ {loops} }}"));
}
