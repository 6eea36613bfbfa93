using System.Text;
using FlexSc.Examples.HttpServer.Protocol;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

public sealed class RequestParserTests
{
    [Fact]
    public void A_head_is_taken_apart()
    {
        (HttpParseResult result, ParsedRequest request) = Parse("GET /a?b HTTP/1.1\r\nHost: h\r\nX:\t v v \t\r\nEmpty:\r\n\r\nrest");

        Assert.Equal(HttpParseResult.Complete("GET /a?b HTTP/1.1\r\nHost: h\r\nX:\t v v \t\r\nEmpty:\r\n\r\n".Length), result);
        Assert.Equal("GET /a?b Http11 [Host|h; X|v v; Empty|]", request.ToString());
    }

    [Fact]
    public void Empty_lines_before_a_request_are_skipped()
    {
        Assert.Equal(ParseOutcome.Complete, Parse("\r\n\r\nGET / HTTP/1.0\r\n\r\n").Result.Outcome);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n", 400)] // bare line feed
    [InlineData("GET / HTTP/1.1\r\nHost: a\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", 400)] // bare carriage return
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400)] // blank before the colon
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400)] // obs-fold
    [InlineData("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nnocolon\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n: v\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 400)]
    [InlineData("GET  / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / a HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /\r\n\r\n", 400)]
    [InlineData("G(T / HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET / http/1.1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.10\r\n\r\n", 400)]
    [InlineData("GET / HTTP/2.0\r\n\r\n", 505)]
    [InlineData("GET / HTTP/1.2\r\n\r\n", 505)]
    [InlineData("\x16\x03\x01", 400)] // a TLS hello
    public void What_is_malformed_is_refused(string input, int status)
    {
        Assert.Equal(HttpParseResult.Invalid(status), Parse(input).Result);
    }

    [Fact]
    public void Every_prefix_of_a_head_is_incomplete()
    {
        const string Head = "GET /a HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n";
        for (int length = 0; length < Head.Length; length++)
        {
            Assert.Equal(HttpParseResult.Incomplete, Parse(Head[..length]).Result);
        }
    }

    [Fact]
    public void Limits_hold_to_the_byte()
    {
        const string Line = "GET / HTTP/1.1";
        const string Head = Line + "\r\nHost: a\r\n\r\n";
        HttpLimits exact = new() { RequestLineBytes = Line.Length, HeadBytes = Head.Length, HeaderCount = 1 };

        Assert.Equal(ParseOutcome.Complete, Parse(Head, exact).Result.Outcome);
        Assert.Equal(HttpParseResult.Invalid(414), Parse(Head, exact with { RequestLineBytes = Line.Length - 1 }).Result);
        Assert.Equal(HttpParseResult.Invalid(431), Parse(Head, exact with { HeadBytes = Head.Length - 1 }).Result);
        Assert.Equal(HttpParseResult.Invalid(431), Parse(Head, exact with { HeaderCount = 0 }).Result);
    }

    [Fact]
    public void An_endless_line_is_refused_before_it_ends()
    {
        HttpLimits limits = new() { RequestLineBytes = 100, HeadBytes = 200 };

        Assert.Equal(HttpParseResult.Invalid(414), Parse("GET /" + new string('a', 120), limits).Result);
        Assert.Equal(HttpParseResult.Invalid(431), Parse("GET / HTTP/1.1\r\nX: " + new string('a', 200), limits).Result);
    }

    private static (HttpParseResult Result, ParsedRequest Request) Parse(string input, HttpLimits? limits = null) =>
        ParsedRequest.Parse(Encoding.Latin1.GetBytes(input), limits);
}
