using System.Diagnostics;
using FlexSc.Benchmarks.Load.Http;
using FlexSc.Measuring.Load;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class PacedLoopTests
{
    private const int Offered = 200;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ServiceTime = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray();

    [Fact]
    public void Requests_come_at_their_pace_and_no_faster()
    {
        long served = 0;
        using ScriptedServer server = new((_, _) =>
        {
            Interlocked.Increment(ref served);
            return [Answer];
        });
        LoadResult result = Run(server, connections: 4);
        Assert.Equal("", result.ErrorText);

        // One more measured the answer.
        Assert.InRange(result.Requests, 2, Offered + 1);
        Assert.InRange(Interlocked.Read(ref served) - result.Requests, 0, 4);
    }

    [Fact]
    public void A_request_that_waits_for_its_connection_counts_from_when_it_was_due()
    {
        // Fifty answers a second where two hundred are asked for: the last of them has waited for most of the time.
        using ScriptedServer server = new((_, before) =>
        {
            // The server's slowness is what is tested, nothing is waited for.
            if (before > 0)
            {
                Thread.Sleep(ServiceTime);
            }

            return [Answer];
        });
        LoadResult result = Run(server, connections: 1);
        Assert.Equal("", result.ErrorText);
        Assert.InRange(result.Requests, 2, 60);
        Assert.True(result.P99Us > 400_000, $"p99 {result.P99Us} us");
    }

    [Fact]
    public void A_stall_counts_in_the_span_in_which_its_requests_were_due()
    {
        // Of a second in quarters the server sleeps through the second one, and what was due then is answered in the third.
        const double quarterMs = 250;
        long start = 0;
        using ScriptedServer server = new((_, before) =>
        {
            double elapsedMs = start == 0 ? 0 : Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            if (before > 0 && elapsedMs is > quarterMs and < 2 * quarterMs)
            {
                Thread.Sleep(TimeSpan.FromMilliseconds((2 * quarterMs) - elapsedMs));
            }

            return [Answer];
        });
        PacedIntervals intervals = new(TimeSpan.FromMilliseconds(quarterMs), Duration);
        using PacedLoop loop = new(server.EndPoint, "/", connections: 1, Offered, count: null, intervals);
        start = Stopwatch.GetTimestamp();
        LoadResult result = loop.Run(Duration);

        Assert.Equal("", result.ErrorText);
        Assert.Equal(4, result.Intervals.Count);

        // One request measured the answer before the load, and one may be under way at its end.
        Assert.InRange(result.Intervals.Sum(static interval => interval.Requests) - (result.Requests - 1), 0, Offered);
        Assert.True(result.Intervals[1].MaxUs > 150_000, $"{result.Intervals[1]}");
        Assert.True(result.Intervals[1].MaxUs > 2 * result.Intervals[3].MaxUs, $"{result.Intervals[1]}, {result.Intervals[3]}");
    }

    [Fact]
    public void Another_answer_is_an_error()
    {
        int answers = 0;
        using ScriptedServer server = new((_, _) => [Interlocked.Increment(ref answers) == 1 ? Answer : [.. "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno"u8]]);
        LoadResult result = Run(server, connections: 1);
        Assert.Equal(1, result.Errors);
    }

    [Fact]
    public void A_closed_connection_is_an_error()
    {
        int answers = 0;
        using ScriptedServer server = new((_, _) => Interlocked.Increment(ref answers) == 1 ? [Answer] : null);
        LoadResult result = Run(server, connections: 1);
        Assert.Equal(1, result.Errors);
        Assert.Contains("closed", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_when_it_is_stopped()
    {
        int answers = 0;
        using CancellationTokenSource stop = new();
        using ScriptedServer server = new((_, _) =>
        {
            if (Interlocked.Increment(ref answers) == 3)
            {
                stop.Cancel();
            }

            return [Answer];
        });
        using PacedLoop loop = new(server.EndPoint, "/", 1, Offered);
        LoadResult result = loop.Run(TimeSpan.FromHours(1), stop.Token);
        Assert.Equal(0, result.Errors);
        Assert.InRange(result.Requests, 2, answers);
    }

    private static LoadResult Run(ScriptedServer server, int connections)
    {
        using PacedLoop loop = new(server.EndPoint, "/", connections, Offered);
        return loop.Run(Duration);
    }
}
