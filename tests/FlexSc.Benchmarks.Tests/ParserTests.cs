using FlexSc.Benchmarks.Load.Http;
using FlexSc.Benchmarks.Parts;
using FlexSc.Benchmarks.Report;
using FlexSc.Measuring;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class ParserTests
{
    private const string ApacheBench = """
        Complete requests:      5000
        Failed requests:        2
        Keep-Alive requests:    4900
        Requests per second:    41234.56 [#/sec] (mean)
        Time per request:       3.104 [ms] (mean)
        Time per request:       0.024 [ms] (mean, across all concurrent requests)

        Percentage of the requests served within a certain time (ms)
          50%      3
          66%      3
          90%      4
          99%     12
         100%     40 (longest request)
        """;

    [Fact]
    public void Rate_mean_and_percentiles_of_ab_are_read()
    {
        ApacheBenchRow row = ApacheBenchPart.Parse("nginx", keepAlive: false, ApacheBench.Replace("        2", "        0", StringComparison.Ordinal));
        Assert.Equal(new ApacheBenchRow("nginx", false, 41234.56, 3.104, 3, 4, 12, null), row);
    }

    [Fact]
    public void Failures_of_ab_are_told() =>
        Assert.Equal("2 requests failed", ApacheBenchPart.Parse("nginx", keepAlive: true, ApacheBench).Remark);

    [Fact]
    public void Connections_that_ab_could_not_keep_are_told() => Assert.Equal(
        "the connection was kept after 4900 of 5000 requests",
        ApacheBenchPart.Parse("nginx", keepAlive: true, ApacheBench.Replace("        2", "        0", StringComparison.Ordinal)).Remark);

    [Fact]
    public void Other_output_of_ab_is_refused() =>
        Assert.Throws<MeasurementException>(() => ApacheBenchPart.Parse("nginx", keepAlive: true, "apr_socket_recv: Connection refused (111)"));

    [Fact]
    public void The_cost_of_a_read_follows_from_fios_shares()
    {
        const string output = """
            note: both iodepth >= 1 and synchronous I/O engine are selected
            {"jobs":[{"read":{"iops":500000.0},"usr_cpu":10.0,"sys_cpu":90.0}]}
            """;
        Assert.Equal(new FioRow("psync", 2, 500_000, null), FioPart.Parse("psync", output));
        Assert.Throws<MeasurementException>(() => FioPart.Parse("psync", "{}"));
        Assert.Throws<MeasurementException>(() => FioPart.Parse("psync", "no report"));
    }

    [Fact]
    public void Instructions_are_read_from_callgrinds_log()
    {
        Assert.Equal(1_234_567, InstructionsPart.Parse("==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n"));
        Assert.Throws<MeasurementException>(() => InstructionsPart.Parse("==7== Callgrind, a call-graph generating cache profiler\n"));
    }

    [Fact]
    public void Lines_of_batches_become_rows_and_failures_stay()
    {
        IReadOnlyList<BatchRow> rows = BatchPart.Parse("""
            {"way":"trap","batchSize":1,"nsPerCall":[100,120,110],"failure":null}
            {"way":"ring","batchSize":0,"nsPerCall":[],"failure":"EPERM"}
            """);
        Assert.Equal(110, rows[0].NsPerCall!.Median);
        Assert.Equal(new BatchRow("ring", 0, null, "EPERM"), rows[1]);
        Assert.Throws<MeasurementException>(() => BatchPart.Parse("""{"way":"trap"}"""));
    }

    [Fact]
    public void Reads_are_related_to_the_best_managed_way_that_blocks_no_thread_and_to_fio()
    {
        string Line(string way, int cpu) =>
            $$"""{"load":"{{FileReadsPart.RandomLoad}}","way":"{{way}}","readsPerSecond":1,"cpuUsPerRead":{{cpu}},"allocatedBytesPerRead":0}""";
        IReadOnlyList<FileReadsRow> rows = FileReadsPart.Parse(string.Join(
            '\n', Line(FileReadsPart.Pooled, 2), Line(FileReadsPart.Pooled, 4), Line("FileStream async", 9), Line("RandomAccess async", 6), Line("RandomAccess blocking", 1)));
        Assert.Equal(3, rows[0].CpuUsPerRead!.Median);
        Assert.Equal(2, FileReadsPart.RatioToBestManaged(rows, FileReadsPart.RandomLoad));
        Assert.Null(FileReadsPart.RatioToFio(rows, FileReadsPart.RandomLoad));
        Assert.Throws<MeasurementException>(() => FileReadsPart.Parse("""{"way":"none"}"""));
    }

    [Fact]
    public void Messages_by_dispatcher_are_related_within_a_round()
    {
        IReadOnlyList<PingPongRow> rows = PingPongPart.Parse($$"""
            {"dispatcher":"{{PingPongPart.Default}}","messagesPerSecond":100,"allocatedBytesPerMessage":1}
            {"dispatcher":"other","messagesPerSecond":300,"allocatedBytesPerMessage":0}
            {"dispatcher":"{{PingPongPart.Default}}","messagesPerSecond":200,"allocatedBytesPerMessage":1}
            {"dispatcher":"other","messagesPerSecond":200,"allocatedBytesPerMessage":0}
            """);
        Assert.Null(rows[0].Speedup);
        Assert.Equal((1, 2, 3), (rows[1].Speedup!.Min, rows[1].Speedup!.Median, rows[1].Speedup!.Max));
    }

    [Fact]
    public void Echo_figures_need_all_their_parts()
    {
        EchoPart.Figures figures = EchoPart.Figures.Parse("""{"Clients":1,"MessagesPerSecond":10,"CpuUsPerMessage":2,"AllocatedBytesPerMessage":3}""");
        Assert.Equal(new EchoPart.Figures(10, 2, 3), figures);
        Assert.Throws<MeasurementException>(() => EchoPart.Figures.Parse("""{"MessagesPerSecond":10}"""));
        Assert.Throws<MeasurementException>(() => EchoPart.Figures.Parse("Unhandled exception."));
    }

    [Fact]
    public void The_length_of_an_answer_is_its_head_and_body()
    {
        Assert.Equal(49, PacedConnection.AnswerLength("HTTP/1.1 200 OK\r\nA: b\r\ncontent-length: 5\r\n\r\n12345"u8));
        Assert.Null(PacedConnection.AnswerLength("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"u8));
        Assert.Throws<MeasurementException>(() => PacedConnection.AnswerLength("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8));
        Assert.Throws<MeasurementException>(() => PacedConnection.AnswerLength("HTTP/1.1 200 OK\r\n\r\n"u8));
    }
}
