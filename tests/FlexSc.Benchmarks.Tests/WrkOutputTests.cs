using FlexSc.Measuring;
using FlexSc.Measuring.Load;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class WrkOutputTests
{
    private const string Good = """
        Running 6s test @ http://127.0.0.1:40123/plaintext
          1 threads and 128 connections
          Thread Stats   Avg      Stdev     Max   +/- Stdev
            Latency     3.01ms    1.20ms  20.10ms   88.00%
            Req/Sec    43.10k     2.00k   45.00k    90.00%
          258630 requests in 6.01s, 32.31MB read
        Requests/sec:  43033.28
        Transfer/sec:      5.38MB
        percentiles us: 850 4100 1250000
        """;

    [Fact]
    public void Counts_and_percentiles_are_read()
    {
        LoadResult result = WrkOutput.Parse(Good);
        Assert.Equal(new LoadResult(258_630, 850, 4_100, 1_250_000, 0, ""), result);
    }

    [Fact]
    public void Socket_errors_and_statuses_are_added_up()
    {
        LoadResult result = WrkOutput.Parse(Good + "\n  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 7\n");
        Assert.Equal(4328, result.Errors);
        Assert.Contains("timeout 4000", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("responses: 7", result.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("unable to connect to 127.0.0.1:1 Connection refused")]
    public void Other_output_is_refused(string text) => Assert.Throws<MeasurementException>(() => WrkOutput.Parse(text));

    [Fact]
    public void Output_without_latencies_is_refused() =>
        Assert.Throws<MeasurementException>(() => WrkOutput.Parse(Good.Replace("percentiles us", "percentiles", StringComparison.Ordinal)));
}
