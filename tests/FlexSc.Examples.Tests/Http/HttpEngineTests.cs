using System.Buffers;
using System.Text;
using FlexSc.Examples.HttpServer.Protocol;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class HttpEngineTests
{
    private const string Get = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

    [Fact]
    public void Plaintext_is_answered()
    {
        EngineRun run = new(Get);

        Assert.Equal(["200"], run.Statuses);
        Assert.EndsWith("\r\n\r\nHello, World!", run.Text, StringComparison.Ordinal);
        Assert.Equal(EngineStatus.Reading, run.Engine.Status);
        Assert.Equal(RequestPhase.Idle, run.Engine.Phase);
    }

    [Fact]
    public void Json_is_answered_with_its_length()
    {
        string text = new EngineRun("GET /json HTTP/1.1\r\nHost: a\r\n\r\n").Text;

        Assert.Contains("Content-Type: application/json\r\nContent-Length: 27\r\n\r\n{\"message\":\"Hello, World!\"}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/plaintext")]
    [InlineData("/json")]
    [InlineData("/nothing")]
    public void Head_has_the_head_of_get(string path)
    {
        string get = new EngineRun($"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n").Text;
        string head = new EngineRun($"HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n").Text;

        string expected = get[..(get.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)];
        Assert.Equal(WithoutDate(expected), WithoutDate(head));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", "413")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", "413")]
    [InlineData("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", "501")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nExpect: wonders\r\n\r\n", "417")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n", "417")]
    [InlineData("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "501")]
    [InlineData("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\nx\r\n", "400")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", "400")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n", "413")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\n", "413")]
    public void What_cannot_be_framed_or_honoured_ends_the_connection(string request, string status)
    {
        EngineRun run = new(request + Get);

        Assert.Equal([status], run.Statuses);
        Assert.Contains("\r\nConnection: close\r\n", run.Text, StringComparison.Ordinal);
        Assert.Equal(EngineStatus.CloseLingering, run.Engine.Status);
    }

    [Theory]
    [InlineData("POST /plaintext HTTP/1.1\r\nHost: a\r\n\r\n", "405")]
    [InlineData("DELETE /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "405")]
    [InlineData("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", "404")]
    [InlineData("GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", "404")]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", "400")]
    [InlineData("GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400")]
    [InlineData("GET nonsense HTTP/1.1\r\nHost: a\r\n\r\n", "400")]
    [InlineData("GET http://a/plaintext HTTP/1.1\r\nHost: a\r\n\r\n", "200")]
    [InlineData("GET /plaintext?x=1 HTTP/1.1\r\nHost: a\r\n\r\n", "200")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "204")]
    [InlineData("OPTIONS /json HTTP/1.1\r\nHost: a\r\n\r\n", "204")]
    [InlineData("GET /plaintext HTTP/1.1\r\nhOST: a\r\ncontent-LENGTH: 3\r\n\r\nabc", "200")]
    [InlineData("POST /json HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "405")]
    [InlineData("GET /json HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n", "200")]
    public void What_can_be_answered_leaves_the_connection_open_however_it_is_split(string request, string status)
    {
        string input = request + Get;
        for (int split = 0; split <= input.Length; split++)
        {
            EngineRun run = new(input[..split], input[split..]);
            Assert.Equal([status, "200"], run.Statuses);
            Assert.Equal(EngineStatus.Reading, run.Engine.Status);
        }

        EngineRun trickled = new([.. input.Select(character => character.ToString())]);
        Assert.Equal([status, "200"], trickled.Statuses);
    }

    [Fact]
    public void Pipelined_requests_are_answered_in_order()
    {
        EngineRun run = new(string.Concat(Enumerable.Repeat(Get + "GET /none HTTP/1.1\r\nHost: a\r\n\r\n", 50)));

        Assert.Equal(Enumerable.Range(0, 100).Select(index => index % 2 == 0 ? "200" : "404"), run.Statuses);
        Assert.Equal(100, run.Engine.RequestCount);
    }

    [Theory]
    [InlineData("HTTP/1.1", "", null, EngineStatus.Reading)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", "close", EngineStatus.Close)]
    [InlineData("HTTP/1.1", "Connection: upgrade, Close\r\n", "close", EngineStatus.Close)]
    [InlineData("HTTP/1.1", "Connection: close\r\nConnection: upgrade\r\n", "close", EngineStatus.Close)]
    [InlineData("HTTP/1.0", "", "close", EngineStatus.Close)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", "keep-alive", EngineStatus.Reading)]
    internal void The_connection_is_kept_as_version_and_field_say(string version, string field, string? answer, EngineStatus status)
    {
        EngineRun run = new($"GET /plaintext {version}\r\nHost: a\r\n{field}\r\n");

        Assert.Equal(status, run.Engine.Status);
        Assert.Equal(answer is not null, run.Text.Contains($"\r\nConnection: {answer}\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Expect: 100-continue")]
    [InlineData("Expect: 100-continue, 100-continue")]
    [InlineData("Expect: 100-continue\r\nExpect: 100-Continue")]
    public void Expect_is_answered_before_the_body(string fields)
    {
        EngineRun run = new($"GET /plaintext HTTP/1.1\r\nHost: a\r\n{fields}\r\nContent-Length: 3\r\n\r\n");
        Assert.Equal(["100"], run.Statuses);
        Assert.Equal(RequestPhase.Body, run.Engine.Phase);

        run.Feed("abc");
        Assert.Equal(["100", "200"], run.Statuses);
    }

    [Fact]
    public void Expect_on_what_is_refused_gets_the_refusal()
    {
        EngineRun run = new("POST /plaintext HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");

        Assert.Equal(["405"], run.Statuses);
        Assert.Equal(EngineStatus.CloseLingering, run.Engine.Status);
    }

    [Fact]
    public void Output_beyond_the_budget_waits_for_a_drain()
    {
        EngineRun run = new() { BudgetBytes = 200 };
        run.Feed(Get + Get + Get);
        Assert.Equal(EngineStatus.AwaitingDrain, run.Engine.Status);
        Assert.Equal(["200", "200"], run.Statuses);

        run.Resume();
        Assert.Equal(["200", "200", "200"], run.Statuses);
        Assert.Equal(EngineStatus.Reading, run.Engine.Status);
    }

    [Fact]
    public void A_file_holds_up_what_is_behind_it()
    {
        EngineRun run = new(servesFiles: true);
        run.Feed("GET /sub/%C3%A4.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n" + Get);

        Assert.Equal(EngineStatus.AwaitingFile, run.Engine.Status);
        Assert.Equal("sub/ä.txt", run.Engine.PendingFile!.Name);
        Assert.Equal("bytes=0-1", run.Engine.PendingFile.Range);
        Assert.Empty(run.Statuses);

        run.Engine.FinishPending(mayContinue: true);
        run.Resume();
        Assert.Equal(["200"], run.Statuses);
    }

    [Theory]
    [InlineData("Range: bytes=0-1\r\nRange: bytes=2-3", null, null, null)]
    [InlineData("Range: bytes=0-1\r\nIf-Range: \"a\"\r\nIf-Range: \"b\"", null, null, null)]
    [InlineData("Range: bytes=0-1\r\nIf-Range: \"a\"", "bytes=0-1", null, null)]
    [InlineData("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\nIf-Modified-Since: x", null, null, null)]
    [InlineData("If-Match: \"a\"\r\nX: y\r\nif-match: \"b\", \"c\"", null, "\"a\", \"b\", \"c\"", null)]
    [InlineData("If-None-Match:\r\nIf-None-Match: \"b\"", null, null, ", \"b\"")]
    [InlineData("If-None-Match:", null, null, "")]
    public void Fields_on_several_lines_are_one_list_or_ignored(string fields, string? range, string? ifMatch, string? ifNoneMatch)
    {
        EngineRun run = new(servesFiles: true);
        run.Feed($"GET /f HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");

        FileRequest request = run.Engine.PendingFile!;
        Assert.Equal((range, ifMatch, ifNoneMatch), (request.Range, request.IfMatch, request.IfNoneMatch));
        Assert.Null(request.IfModifiedSince);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\r")]
    [InlineData("\r\n\r\n\r\n\r")]
    public void Empty_lines_between_requests_leave_the_connection_idle(string empty)
    {
        const string Post = "POST /plaintext HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
        EngineRun run = new(Post + empty);
        Assert.Equal(RequestPhase.Idle, run.Engine.Phase);
        Assert.True(run.Engine.PendingInputBytes <= 1, $"{run.Engine.PendingInputBytes} bytes of empty lines are kept");

        run.Feed(empty.EndsWith('\r') ? "\n" + Get : Get);
        Assert.Equal(["405", "200"], run.Statuses);
    }

    [Fact]
    public void Empty_lines_are_bounded()
    {
        EngineRun run = new();
        for (int count = 0; count < HttpLimits.Default.HeadBytes / 2; count++)
        {
            Assert.Empty(run.Statuses);
            run.Feed("\r\n");
        }

        Assert.Equal(["431"], run.Statuses);
        Assert.Equal(EngineStatus.CloseLingering, run.Engine.Status);
    }

    [Fact]
    public void Input_ahead_of_a_response_is_bounded()
    {
        EngineRun run = new(servesFiles: true);
        run.Feed("GET /f HTTP/1.1\r\nHost: a\r\n\r\n");
        string block = new('x', 1024 * 1024);
        for (int count = 0; count < 5 && !run.Engine.InputOverflowed; count++)
        {
            run.Feed(block);
        }

        Assert.True(run.Engine.InputOverflowed);
        Assert.True(run.Engine.PendingInputBytes <= HttpLimits.Default.PendingInputBytes);
    }

    [Fact]
    public void A_malformed_request_after_head_gets_a_body_again()
    {
        EngineRun run = new("HEAD /plaintext HTTP/1.1\r\nHost: a\r\n\r\nbroken\r\n");

        Assert.EndsWith("\r\n\r\n400 Bad Request\n", run.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/plaintext")]
    [InlineData("/json")]
    public void Kept_connections_are_served_without_allocation(string path)
    {
        byte[] input = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(
            $"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\nConnection: keep-alive\r\n\r\n", 16)));
        HttpEngine engine = new(HttpLimits.Default, HttpResources.Samples);
        ArrayBufferWriter<byte> output = new(64 * 1024);
        const int Rounds = 2000;
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < Rounds; round++)
            {
                output.ResetWrittenCount();
                engine.Receive(input, output, long.MaxValue);
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(5 * Rounds * 16, engine.RequestCount);

        // What remains is the responses built anew when the second of the Date turns, at most once in an attempt's time.
        Assert.InRange(least, 0, 8 * 1024);
    }

    private static string WithoutDate(string head) =>
        string.Join("\r\n", head.Split("\r\n").Where(line => !line.StartsWith("Date:", StringComparison.Ordinal)));
}
