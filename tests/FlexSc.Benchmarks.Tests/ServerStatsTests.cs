using FlexSc.Benchmarks.Peers;
using FlexSc.Measuring;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class ServerStatsTests
{
    private const string Start = """{"allocatedBytes":10,"requests":3,"cpuMs":1.5,"connections":2,"loops":""";

    [Fact]
    public void A_server_without_loops_has_no_trap_counter() =>
        Assert.Equal(new ServerStats(3, 10, 1.5, 2, null), ServerStats.Parse(Start + "[]}"));

    [Fact]
    public void Traps_of_all_loops_are_added() =>
        Assert.Equal(42, ServerStats.Parse(Start + """[{"traps":40},{"traps":2}]}""").LoopTraps);

    [Fact]
    public void Loops_that_do_not_count_traps_are_no_zero() =>
        Assert.Null(ServerStats.Parse(Start + """[{"turns":40}]}""").LoopTraps);

    [Fact]
    public void What_a_server_does_not_count_is_no_zero() =>
        Assert.Equal(ServerStats.None, ServerStats.Parse("""{"allocatedBytes":null,"requests":null,"cpuMs":null,"connections":null}"""));

    [Fact]
    public void The_page_of_stub_status_is_read()
    {
        const string page = "Active connections: 129 \nserver accepts handled requests\n 500 500 98765 \nReading: 0 Writing: 2 Waiting: 127 \n";
        Assert.Equal((129, 98_765), StubStatusCounters.Parse(page));
        Assert.Throws<MeasurementException>(() => StubStatusCounters.Parse("404 Not Found"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("listening on 127.0.0.1:1")]
    [InlineData("""{"requests":1}""")]
    [InlineData("""{"allocatedBytes":"x","requests":3,"cpuMs":1.5,"connections":2}""")]
    public void Other_lines_are_refused(string line) => Assert.Throws<MeasurementException>(() => ServerStats.Parse(line));
}
