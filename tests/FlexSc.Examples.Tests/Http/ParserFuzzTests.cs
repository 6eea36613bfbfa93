using System.Text;
using System.Text.RegularExpressions;
using FlexSc.Examples.HttpServer.Protocol;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>Compares our parser with Kestrel's on mutated requests; a failure prints its seed and its input.</summary>
public sealed partial class ParserFuzzTests
{
    private const int CasesPerSeed = 20_000;

    private static readonly string[] Corpus =
    [
        "GET /plaintext HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: x/1.0\r\nAccept: */*\r\n\r\n",
        "POST /upload?x=1&y=%20 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET http://example.com/a/b?c HTTP/1.1\r\nHost: example.com\r\nX-Empty:\r\nX-Tab:\tv\t \r\n\r\n",
        "PUT /f HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "GET /a HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=\"d\"\r\nRange: bytes=0-1\r\nIf-None-Match: \"x\", W/\"y\"\r\n\r\n"
            + "GET /b HTTP/1.1\r\nHost: b\r\n\r\n",
    ];

    private static readonly string[] Fragments =
    [
        "\r\n", "\n", "\r", " ", "\t", ":", "\0", "\x7f", "\xe9", "%", "..", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2",
        "GET", "Host: b\r\n", " folded\r\n", "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n", ": novalue\r\n",
        "Name : v\r\n", "\r\n\r\n", "/", "*", "#", "(", "\x01", "\"",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Mutated_requests_are_read_as_Kestrel_reads_them_or_refused(int seed)
    {
        Random random = new(seed);
        int complete = 0;
        int refused = 0;
        for (int number = 0; number < CasesPerSeed; number++)
        {
            byte[] input = Mutate(random);
            (HttpParseResult ours, ParsedRequest ourRequest) = ParsedRequest.Parse(input);
            (ParseOutcome theirs, int consumed, ParsedRequest theirRequest) = ParseByKestrel(input);
            bool inGrammar = Grammar().IsMatch(Encoding.Latin1.GetString(input));
            string context = $"seed {seed}, case {number}: {Show(input)}";
            if (ours.Outcome == ParseOutcome.Complete)
            {
                complete++;
                Assert.True(inGrammar, $"accepted what the grammar does not allow; {context}");
                Assert.True(theirs == ParseOutcome.Complete, $"accepted what Kestrel does not ({theirs}); {context}");
                Assert.True(ours.Consumed == consumed, $"consumed {ours.Consumed}, Kestrel {consumed}; {context}");
                Assert.True(ourRequest.ToString() == theirRequest.ToString(), $"{ourRequest} against {theirRequest}; {context}");
            }
            else if (theirs == ParseOutcome.Complete)
            {
                refused++;
                Assert.True(ours.Outcome == ParseOutcome.Invalid, $"incomplete where Kestrel is done; {context}");
                Assert.False(inGrammar, $"refused what the grammar allows; {context}");
            }
        }

        // The comparison is worth something only while both kinds of input occur.
        Assert.InRange(complete, CasesPerSeed / 20, CasesPerSeed);
        Assert.InRange(refused, 1, CasesPerSeed / 2);
    }

    // Kestrel skips empty lines before a request in the parser's caller.
    private static (ParseOutcome Outcome, int Consumed, ParsedRequest Request) ParseByKestrel(byte[] input)
    {
        int start = 0;
        while (input.AsSpan(start).StartsWith("\r\n"u8))
        {
            start += 2;
        }

        (ParseOutcome outcome, int consumed, ParsedRequest request) = KestrelOracle.Parse(input[start..]);
        return (outcome, consumed + start, request);
    }

    // The grammar of RFC 9112 without obs-fold, written a second time; docs/decisions/0005 lists where Kestrel allows more.
    [GeneratedRegex(@"\A(\r\n)*[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\x24\x26-\x3e\x40-\x7e][\x21-\x7e]* HTTP/1\.[01]\r\n"
        + @"([!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n")]
    private static partial Regex Grammar();

    private static byte[] Mutate(Random random)
    {
        List<byte> bytes = [.. Encoding.Latin1.GetBytes(Corpus[random.Next(Corpus.Length)])];
        int mutations = random.Next(0, 4);
        for (int mutation = 0; mutation < mutations && bytes.Count > 1; mutation++)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.InsertRange(at, Encoding.Latin1.GetBytes(Fragments[random.Next(Fragments.Length)]));
                    break;
                case 2:
                    bytes.RemoveRange(at, Math.Min(random.Next(1, 6), bytes.Count - at));
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. bytes];
    }

    private static string Show(byte[] input) =>
        Encoding.Latin1.GetString(input).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
