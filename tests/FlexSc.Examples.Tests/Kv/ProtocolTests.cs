using System.Text;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

public sealed class ProtocolTests
{
    private const string BadLine = "CLIENT_ERROR bad command line format\r\n";

    /// <summary>The memcached whose protocol is spoken, and the version that Directory.Build.props gives.</summary>
    private static readonly string Version = $"1.6.18-flexsc-{typeof(KvStatistics).Assembly.GetName().Version!.ToString(3)}";

    [Theory]
    [InlineData("set a 5 0 3\r\nabc\r\nget a\r\n", "STORED\r\nVALUE a 5 3\r\nabc\r\nEND\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\ngets a zz a\r\n", "STORED\r\nVALUE a 0 1 1\r\nx\r\nVALUE a 0 1 1\r\nx\r\nEND\r\n")]
    [InlineData("set a 0 0 0\r\n\r\nget a\r\n", "STORED\r\nVALUE a 0 0\r\n\r\nEND\r\n")]
    [InlineData("add a 0 0 1\r\nx\r\nadd a 0 0 1\r\ny\r\n", "STORED\r\nNOT_STORED\r\n")]
    [InlineData("replace a 0 0 1\r\nx\r\n", "NOT_STORED\r\n")]
    [InlineData("set a 1 0 1\r\nb\r\nappend a 2 0 1\r\nc\r\nprepend a 3 0 1\r\na\r\nget a\r\n", "STORED\r\nSTORED\r\nSTORED\r\nVALUE a 1 3\r\nabc\r\nEND\r\n")]
    [InlineData("append a 0 0 1\r\nx\r\n", "NOT_STORED\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\ncas a 0 0 1 1\r\ny\r\ncas a 0 0 1 1\r\nz\r\ncas b 0 0 1 1\r\nz\r\n", "STORED\r\nSTORED\r\nEXISTS\r\nNOT_FOUND\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\ndelete a\r\ndelete a\r\n", "STORED\r\nDELETED\r\nNOT_FOUND\r\n")]
    [InlineData("set noreply 0 0 1\r\n5\r\nincr noreply 1\r\ntouch noreply 0\r\ndelete noreply\r\ndelete noreply\r\n", "STORED\r\n6\r\nTOUCHED\r\nDELETED\r\nNOT_FOUND\r\n")]
    [InlineData("set noreply 0 0 1 noreply\r\n5\r\nget noreply\r\ndelete noreply noreply\r\nget noreply\r\n", "VALUE noreply 0 1\r\n5\r\nEND\r\nEND\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\ndelete a 0\r\ndelete a 5\r\n", "STORED\r\nDELETED\r\nCLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n")]
    [InlineData("set n 0 0 20\r\n18446744073709551615\r\nincr n 2\r\n", "STORED\r\n1\r\n")]
    [InlineData("set n 0 0 1\r\n5\r\ndecr n 9\r\nincr n 100\r\nget n\r\n", "STORED\r\n0\r\n100\r\nVALUE n 0 3\r\n100\r\nEND\r\n")]
    [InlineData("set n 0 0 3\r\n100\r\ndecr n 1\r\nget n\r\n", "STORED\r\n99\r\nVALUE n 0 3\r\n99 \r\nEND\r\n")]
    [InlineData("set n 0 0 1\r\nx\r\nincr n 1\r\nincr zz 1\r\nincr n -1\r\n", "STORED\r\nCLIENT_ERROR cannot increment or decrement non-numeric value\r\nNOT_FOUND\r\nCLIENT_ERROR invalid numeric delta argument\r\n")]
    [InlineData("set a 0 0 1 noreply\r\nx\r\nget a\r\n", "VALUE a 0 1\r\nx\r\nEND\r\n")]
    [InlineData("set a 0 0 1\r\nxyz\r\nversion\r\n", "CLIENT_ERROR bad data chunk\r\nERROR\r\nVERSION {version}\r\n")]
    [InlineData("set a 4294967295 0 1\r\nx\r\nget a\r\n", "STORED\r\nVALUE a 4294967295 1\r\nx\r\nEND\r\n")]
    [InlineData("set a 4294967296 0 1\r\n", BadLine)]
    [InlineData("set a 0 0 -1\r\n", BadLine)]
    [InlineData("set a\u0001 0 0 1\r\n", BadLine)]
    [InlineData("get a a\u007f\r\n", BadLine)]
    [InlineData("set a 0 0\r\nget\r\n\r\nfoo\r\n", "ERROR\r\nERROR\r\nERROR\r\nERROR\r\n")]
    [InlineData("verbosity 1\r\nverbosity\r\nverbosity x\r\n", "OK\r\nERROR\r\n" + BadLine)]
    [InlineData("set a 0 0 1\r\nx\r\nflush_all\r\nget a\r\nflush_all noreply\r\n", "STORED\r\nOK\r\nEND\r\n")]
    [InlineData("stats reset\r\nstats nothing\r\n", "RESET\r\nERROR\r\n")]
    [InlineData("set a 0 0 1\r\nx\r\ngat 0 a zz\r\ngats 0 a\r\ngat\r\n", "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\nVALUE a 0 1 1\r\nx\r\nEND\r\nERROR\r\n")]
    public void Commands_are_answered_as_the_protocol_says(string input, string expected)
    {
        using SessionFixture fixture = new();

        Assert.Equal(expected.Replace("{version}", Version, StringComparison.Ordinal), fixture.Send(input));
        Assert.Equal(SessionState.Reading, fixture.State);
    }

    [Fact]
    public void A_key_may_have_250_bytes_and_no_more()
    {
        using SessionFixture fixture = new();
        string longest = new('k', KeyRules.MaxKeyBytes);

        Assert.Equal("STORED\r\n", fixture.Send($"set {longest} 0 0 1\r\nx\r\n"));
        Assert.Equal($"VALUE {longest} 0 1\r\nx\r\nEND\r\n", fixture.Send($"get {longest}\r\n"));
        Assert.Equal(BadLine, fixture.Send($"get {longest}k\r\n"));
        Assert.Equal(BadLine, fixture.Send($"get {longest} {longest}k\r\n"));
        Assert.Equal(BadLine, fixture.Send($"set {longest}k 0 0 1\r\n"));
    }

    [Fact]
    public void A_value_too_large_is_swallowed_and_takes_the_stale_value_with_it()
    {
        using SessionFixture fixture = new(new KvServerOptions { MaxItemBytes = 1000 });
        string tooLong = new('x', 1000);

        Assert.Equal("STORED\r\n", fixture.Send("set a 0 0 1\r\nx\r\n"));
        Assert.Equal("SERVER_ERROR object too large for cache\r\nEND\r\n", fixture.Send($"set a 0 0 1000\r\n{tooLong}\r\nget a\r\n"));
        Assert.Equal("STORED\r\nNOT_STORED\r\n", fixture.Send($"set a 0 0 900\r\n{tooLong[..900]}\r\nappend a 0 0 100\r\n{tooLong[..100]}\r\n"));
    }

    [Theory]
    [InlineData(2048, false)]
    [InlineData(2049, true)]
    public void A_line_beyond_the_limit_closes_the_connection(int length, bool closes)
    {
        SessionState expected = closes ? SessionState.Closing : SessionState.Reading;
        using SessionFixture whole = new();
        using SessionFixture trickled = new();
        string line = new string('x', length) + "\n";
        string expectedReply = closes ? "CLIENT_ERROR line too long\r\n" : "ERROR\r\n";

        Assert.Equal(expectedReply, whole.Send(line));
        Assert.Equal(expected, whole.State);
        StringBuilder replies = new();
        foreach (char character in line)
        {
            replies.Append(trickled.Send(character.ToString()));
        }

        Assert.Equal(expectedReply, replies.ToString());
        Assert.Equal(expected, trickled.State);
    }

    [Fact]
    public void A_get_may_name_more_keys_than_fit_a_common_line()
    {
        using SessionFixture fixture = new();
        string line = "get" + string.Concat(Enumerable.Range(0, 2000).Select(index => $" key{index}")) + "\r\n";

        Assert.Equal("STORED\r\n", fixture.Send("set key1999 0 0 1\r\nx\r\n"));
        Assert.Equal("VALUE key1999 0 1\r\nx\r\nEND\r\n", fixture.Send(line));
    }

    [Theory]
    [InlineData("quit\r\nversion\r\n", "")]
    [InlineData("GET / HTTP/1.1\r\nversion\r\n", "")]
    [InlineData("\u0080\r\n", "CLIENT_ERROR this server speaks the text protocol only\r\n")]
    public void Some_lines_end_the_session(string input, string reply)
    {
        using SessionFixture fixture = new();

        Assert.Equal(reply, fixture.Send(input));
        Assert.Equal(SessionState.Closing, fixture.State);
        Assert.Equal("", fixture.Send("version\r\n"));
    }

    [Fact]
    public void Replies_beyond_the_allowance_wait_between_commands_and_between_keys()
    {
        using SessionFixture fixture = new();
        fixture.Send("set a 0 0 10\r\n0123456789\r\n");
        const string value = "VALUE a 0 10\r\n0123456789\r\n";

        Assert.Equal(value, fixture.Send("get a a\r\nget a\r\nget", allowanceBytes: 5));
        Assert.Equal(SessionState.Paused, fixture.State);
        Assert.Equal("", fixture.Send(" a\r\n"));
        Assert.Equal(value + "END\r\n", fixture.Resume(allowanceBytes: value.Length + 1));
        Assert.Equal(SessionState.Paused, fixture.State);
        Assert.Equal(value + "END\r\n" + value + "END\r\n", fixture.Resume());
        Assert.Equal(SessionState.Reading, fixture.State);
    }

    [Fact]
    public void Input_held_while_replies_wait_is_bounded()
    {
        SessionLimits limits = new() { MaxPendingInputBytes = 1000, MaxGetLineBytes = 512, MaxLineBytes = 512 };
        using SessionFixture fixture = new(new KvServerOptions { SessionLimits = limits });

        fixture.Send("version\r\nversion\r\n", allowanceBytes: 1);
        Assert.Equal(SessionState.Paused, fixture.State);
        fixture.Send(new string('x', 900));
        Assert.Equal(SessionState.Paused, fixture.State);
        Assert.StartsWith("CLIENT_ERROR too much input", fixture.Send(new string('x', 200)), StringComparison.Ordinal);
        Assert.Equal(SessionState.Closing, fixture.State);
    }

    [Fact]
    public void Statistics_count_what_happened()
    {
        using SessionFixture fixture = new();
        fixture.Send("set a 0 0 1\r\nx\r\nget a\r\nget b\r\nincr a 1\r\ntouch a 0\r\ndelete b\r\ncas b 0 0 1 1\r\nx\r\n");

        (string Name, long Value)[] expected =
        [
            ("cmd_set", 2), ("cmd_get", 2), ("get_hits", 1), ("get_misses", 1), ("incr_hits", 1), ("cmd_touch", 1),
            ("delete_misses", 1), ("cas_misses", 1), ("curr_items", 1), ("limit_maxbytes", 64 << 20), ("pointer_size", 64),
        ];
        Assert.Equal(expected, expected.Select(pair => (pair.Name, fixture.Figure(pair.Name))));
        Assert.True(fixture.Figure("bytes") > 0);
        fixture.Send("stats reset\r\n");
        Assert.Equal(0, fixture.Figure("cmd_get"));
        Assert.Equal(1, fixture.Figure("curr_items"));
    }
}
