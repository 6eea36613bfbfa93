using System.Text;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>Get lines longer than any other line may be: their keys are answered as they arrive.</summary>
public sealed class LongGetTests
{
    private const int MaxLineBytes = 512;
    private const int MaxGetLineBytes = 2048;
    private const string Value = "VALUE a 0 1\r\nx\r\n";
    private const string BadLine = "CLIENT_ERROR bad command line format\r\n";
    private const string LineTooLong = "CLIENT_ERROR line too long\r\n";

    private static readonly string LongestKey = new('k', KeyRules.MaxKeyBytes);
    private static readonly string Misses = string.Concat(Enumerable.Range(0, 120).Select(index => $" key{index}"));

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task A_get_of_thousands_of_keys_is_answered(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        using KvClient client = new(service.LocalEndPoint);
        Assert.Equal("STORED", client.Ask("set a 0 0 1\r\nx\r\n"));
        string line = "get a" + string.Concat(Enumerable.Range(0, 19_000).Select(index => $" key{index}")) + " a\r\n";
        Assert.InRange(line.Length, 150_000, 200_000);

        Assert.Equal("VALUE a 0 1|x|VALUE a 0 1|x|END", client.Ask(line));
        Assert.Equal("STORED", client.Ask("set a 0 0 1\r\ny\r\n"));
    }

    [Theory]
    [InlineData("get a@ a", Value + Value + "END\r\n")]
    [InlineData("gat 0 a@ a", Value + Value + "END\r\n")]
    [InlineData("get a@ a ", Value + Value + "END\r\n")]
    [InlineData("get @ b", "END\r\n")]
    [InlineData("gat x a@", "CLIENT_ERROR invalid exptime argument\r\n")]
    public void A_long_line_is_answered_like_a_short_one(string line, string expected) => AssertReply(line, expected);

    [Fact]
    public void A_long_line_without_a_key_is_answered_like_a_short_one()
    {
        AssertReply("get" + new string(' ', 1000), "ERROR\r\n");
        AssertReply("get" + new string(' ', 1000) + "a", Value + "END\r\n");
        AssertReply("gat 0" + new string(' ', 1000), "END\r\n");
        AssertReply(new string(' ', 1000) + "get a", LineTooLong, SessionState.Closing);
        AssertReply("gat" + new string(' ', 1000) + "0 a", LineTooLong, SessionState.Closing);
    }

    [Fact]
    public void A_key_too_long_ends_the_reply_and_only_it()
    {
        AssertReply($"get a{Misses} {LongestKey} a", Value + Value + "END\r\n");
        AssertReply($"get a{Misses} {LongestKey}k a", Value + BadLine);
        AssertReply($"get a{Misses} a {LongestKey}k", Value + Value + BadLine);
        AssertReply($"get a{Misses} a\u0001 a", Value + BadLine);
        AssertReply($"get a{Misses} a\r", Value + BadLine);
        AssertReply($"get a {new string('k', 1500)} a", Value + BadLine);
    }

    [Fact]
    public void A_line_beyond_the_bound_closes_the_connection()
    {
        string start = $"get a{Misses}";
        string longest = start + new string(' ', MaxGetLineBytes - start.Length - 3) + " a";
        AssertReply(longest, Value + Value + "END\r\n");
        AssertReply(longest + " ", Value + Value + LineTooLong, SessionState.Closing);
        AssertReply(longest + "b", Value + LineTooLong, SessionState.Closing);
        AssertReply($"get a {new string('k', MaxGetLineBytes)}", Value + BadLine + LineTooLong, SessionState.Closing);
    }

    [Fact]
    public void A_reader_that_is_slow_gets_the_same_reply()
    {
        using SessionFixture fixture = NewFixture();
        byte[] line = Encoding.Latin1.GetBytes($"get a{Misses} a{Misses} a\r\nget a\r\n");
        StringBuilder replies = new();
        foreach (byte[] piece in line.Chunk(7))
        {
            replies.Append(fixture.Send(piece, allowanceBytes: 1));
            while (fixture.State == SessionState.Paused)
            {
                replies.Append(fixture.Resume(allowanceBytes: 1));
            }
        }

        Assert.Equal(Value + Value + Value + "END\r\n" + Value + "END\r\n", replies.ToString());
    }

    /// <summary>Sends the line, with misses in the place of @, in one piece, cut anywhere, and byte by byte.</summary>
    private static void AssertReply(string line, string expected, SessionState state = SessionState.Reading)
    {
        byte[] input = Encoding.Latin1.GetBytes(line.Replace("@", Misses, StringComparison.Ordinal) + "\r\nget a\r\n");
        if (state == SessionState.Reading)
        {
            expected += Value + "END\r\n";
        }

        List<int[]> cuts = [[], [.. Enumerable.Range(1, input.Length - 1)], .. Enumerable.Range(1, input.Length - 1).Select(cut => (int[])[cut])];
        foreach (int[] cut in cuts)
        {
            using SessionFixture fixture = NewFixture();
            Assert.Equal(expected, fixture.SendSplit(input, cut));
            Assert.Equal(state, fixture.State);
        }
    }

    private static SessionFixture NewFixture()
    {
        SessionLimits limits = new() { MaxLineBytes = MaxLineBytes, MaxGetLineBytes = MaxGetLineBytes };
        SessionFixture fixture = new(new KvServerOptions { SessionLimits = limits });
        fixture.Send("set a 0 0 1\r\nx\r\n");
        return fixture;
    }
}
