using FlexSc.Examples.Shared;
using FlexSc.Measuring.Processes;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Shared;

/// <summary>Servers that ask themselves before they listen.</summary>
public sealed class HotWarmUpTests
{
    [Theory]
    [InlineData("HttpServer")]
    [InlineData("KvServer")]
    public void A_server_asks_itself_before_anybody_can_ask_and_counts_that_as_nobodys_requests(string name)
    {
        // On a busy machine what is compiled may take longer than that.
        using ServerProcess server = new ExampleProgram(name).Start("--port", "0", "--warm-up-ms", "5000", "--stats-on-stdin");
        Assert.Matches(@"warmed up by [1-9]\d{3,} requests in \d+ ms, (until nothing more was compiled|as long as it might)$", server.Description);
        Assert.Equal(0, ExampleProgram.Stats(server).GetProperty("requests").GetInt64());
        Assert.Equal(0, ExampleProgram.Stats(server).GetProperty("connections").GetInt64());
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [Fact]
    public void It_is_settled_when_nothing_has_been_compiled_for_as_long_as_the_runtime_may_wait()
    {
        Clock clock = new();
        int asked = 0;

        // Something is compiled in each of the first ten rounds, and once more just before it would have been over.
        int roundsOfQuiet = (int)(HotWarmUp.Quiet / Clock.Round);
        long methods = 100;
        HotWarmUp done = HotWarmUp.Run(
            () =>
            {
                clock.Now += Clock.Round;
                asked++;
                methods += asked <= 10 || asked == 10 + roundsOfQuiet - 1 ? 3 : 0;
                return 2000;
            },
            () => methods, HotWarmUp.MostMs, clock);

        Assert.True(done.IsSettled);
        Assert.Equal(10 + (2 * roundsOfQuiet) - 1, asked);
        Assert.Equal((2000L * asked, 33L, asked * Clock.Round), (done.Requests, done.Methods, done.Elapsed));
        Assert.EndsWith("until nothing more was compiled", $"{done}", StringComparison.Ordinal);
    }

    [Fact]
    public void What_never_settles_ends_with_its_time()
    {
        Clock clock = new();
        long methods = 0;
        HotWarmUp done = HotWarmUp.Run(
            () =>
            {
                clock.Now += Clock.Round;
                return 1;
            },
            () => ++methods, limitMs: 1000, clock);
        Assert.Equal((false, TimeSpan.FromSeconds(1)), (done.IsSettled, done.Elapsed));
        Assert.EndsWith("as long as it might", $"{done}", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HttpServer", "--tls-dev")]
    [InlineData("HttpServer", "--io", "akka-io")]
    [InlineData("KvServer", "--tls-dev")]
    public void It_ends_when_its_time_is_over(string name, params string[] more)
    {
        using ServerProcess server = new ExampleProgram(name).Start(["--port", "0", "--warm-up-ms", "1", .. more]);
        Assert.Matches(@"warmed up by [1-9]\d* requests in \d+ ms, as long as it might$", server.Description);
        Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
    }

    [Fact]
    public void Without_being_asked_there_is_none_and_too_long_a_time_is_refused()
    {
        using (ServerProcess server = ExampleProgram.Http.Start("--port", "0"))
        {
            Assert.DoesNotContain("warmed up", server.Description, StringComparison.Ordinal);
            Assert.Equal(0, ExampleProgram.End(server, "TERM").ExitCode);
        }

        ProgramResult refused = ExampleProgram.Http.Run("--warm-up-ms", "60001");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--warm-up-ms", refused.Error, StringComparison.Ordinal);
    }

    private sealed class Clock : TimeProvider
    {
        public static readonly TimeSpan Round = TimeSpan.FromMilliseconds(50);

        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
