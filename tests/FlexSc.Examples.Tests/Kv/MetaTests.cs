using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>What the meta commands do by a clock that is moved, and what memcached 1.6.18 has not yet; the rest is compared with it.</summary>
public sealed class MetaTests
{
    private const string Item = "ms a 2 F5 T100\r\nhi\r\n";

    [Theory]
    [InlineData("ms k 2 E77 c\r\nhi\r\nmg k c v\r\n", "HD c77\r\nVA 2 c77\r\nhi\r\n")]
    [InlineData("ms k 1 E77\r\n1\r\nms k 1 C77 E78 c\r\n2\r\nma k E90 v c\r\nmd k I E99\r\nmg k c\r\n", "HD\r\nHD c78\r\nVA 1 c90\r\n3\r\nHD\r\nHD c99 X W\r\n")]
    [InlineData("mg k N0 E5 c\r\nma n N0 J3 E6 c v\r\n", "HD c5 W\r\nVA 1 c6\r\n3\r\n")]
    [InlineData("ms k 3 E9\r\none\r\nms k 3 E8 I C7 c\r\ntwo\r\nmg k v c\r\n", "HD\r\nHD c8\r\nVA 3 c8 X W\r\ntwo\r\n")]
    [InlineData("ms k 2 Ex\r\nhi\r\nmn\r\n", "CLIENT_ERROR bad token in command line format\r\nMN\r\n")]
    [InlineData("ms k 2 MA N30 s c k\r\nhi\r\nms k 3 MA s\r\n+yo\r\nmg k v t s\r\n", "HD s2 c1 kk\r\nHD s5\r\nVA 5 t30 s5\r\nhi+yo\r\n")]
    [InlineData("ms k 2 MP\r\nhi\r\nms k 2 MP N0\r\nhi\r\nms k 3 MP s\r\nyo+\r\nmg k v\r\n", "NS\r\nHD\r\nHD s5\r\nVA 5\r\nyo+hi\r\n")]
    [InlineData("ms k 5 F7 T100 E9\r\nvalue\r\nmd k x q\r\nmg k v f t c s\r\n", "HD\r\nVA 0 f0 t-1 c9 s0\r\n\r\n")]
    [InlineData("ms k 5\r\nvalue\r\nmd k x I F3 T50 E4\r\nmg k v f t c\r\n", "HD\r\nHD\r\nVA 0 f3 t50 c4 X W\r\n\r\n")]
    [InlineData("ms a 2 S2\r\nhi\r\nmn\r\n", "CLIENT_ERROR invalid flag\r\nMN\r\n")]
    [InlineData("mg YmI= b N0 k\r\nms YmI= 1 b MA k\r\nx\r\nmg YmI= b k v\r\nmg YmJ= b\r\n", "HD kYmI= b W\r\nHD kYmI= b\r\nVA 1 kYmI= b\r\nx\r\nCLIENT_ERROR error decoding key\r\n")]
    [InlineData("ma n N60 J9 t\r\nma n D1 T30 t v\r\nmg n t\r\n", "HD t60\r\nVA 2 t30\r\n10\r\nHD t30\r\n")]
    public void What_memcached_added_or_mended_since(string input, string expected)
    {
        using SessionFixture fixture = new();

        Assert.Equal(expected, fixture.Send(input));
        Assert.Equal(SessionState.Reading, fixture.State);
    }

    [Fact]
    public void Times_go_by_the_clock()
    {
        using SessionFixture fixture = new();
        fixture.Send(Item);
        fixture.Time.Advance(30);
        Assert.Equal("HD t70 l30 h0\r\n", fixture.Send("mg a t l h u\r\n"));
        Assert.Equal("HD t70 l30 h0\r\n", fixture.Send("mg a t l h\r\n"));
        Assert.Equal("HD l0 h1\r\n", fixture.Send("mg a l h\r\n"));
        Assert.StartsWith("ME a exp=70 la=0 cas=1 fetch=yes cls=", fixture.Send("me a\r\n"), StringComparison.Ordinal);
        fixture.Time.Advance(70);
        Assert.Equal("EN ka O7\r\n", fixture.Send("mg a k O7 v\r\n"));
    }

    [Fact]
    public void One_client_wins_the_right_to_store_anew_what_is_about_to_expire()
    {
        using SessionFixture fixture = new();
        fixture.Send(Item);
        Assert.Equal("HD\r\n", fixture.Send("mg a R30\r\n"));
        fixture.Time.Advance(80);
        Assert.Equal("HD W\r\nHD Z\r\nHD Z\r\n", fixture.Send("mg a R30\r\nmg a R30\r\nmg a\r\n"));
        Assert.Equal("HD\r\nHD\r\n", fixture.Send("ms a 2 T100\r\nyo\r\nmg a R30\r\n"));
    }

    [Fact]
    public void One_client_wins_the_right_to_fill_an_item_that_a_miss_has_made()
    {
        using SessionFixture fixture = new();
        Assert.Equal("VA 0 W\r\n\r\nVA 0 Z\r\n\r\n", fixture.Send("mg a N10 v\r\nmg a N10 v\r\n"));
        fixture.Time.Advance(10);
        Assert.Equal("VA 0 W\r\n\r\n", fixture.Send("mg a N10 v\r\n"));
        Assert.Equal("HD\r\nVA 2 t-1\r\nhi\r\n", fixture.Send("ms a 2\r\nhi\r\nmg a v t\r\n"));
    }

    [Fact]
    public void A_stale_item_is_served_for_as_long_as_it_was_allowed_to()
    {
        using SessionFixture fixture = new();
        fixture.Send(Item);
        Assert.Equal("HD\r\nVA 2 t20 c2 X W\r\nhi\r\nVA 2 Z X\r\nhi\r\n", fixture.Send("md a I T20\r\nmg a v t c\r\nmg a v\r\n"));
        Assert.Equal("VALUE a 5 2\r\nhi\r\nEND\r\n", fixture.Send("get a\r\n"));

        // Whoever won the right before it was marked again has an older unique: what it stores is stale, too.
        Assert.Equal("HD\r\nVA 2 t20 X W\r\nyo\r\n", fixture.Send("md a I\r\nms a 2 C2 I T1000\r\nyo\r\nmg a v t\r\n")[4..]);
        fixture.Time.Advance(20);
        Assert.Equal("EN\r\n", fixture.Send("mg a v\r\n"));
    }

    [Fact]
    public void A_flush_takes_items_whose_unique_a_client_chose()
    {
        using SessionFixture fixture = new();
        Assert.Equal("HD\r\nHD\r\nOK\r\nEN\r\nEN\r\n", fixture.Send("ms a 1 E18446744073709551615\r\nx\r\nms b 1 E1\r\nx\r\nflush_all\r\nmg a\r\nmg b\r\n"));
        Assert.Equal("HD\r\nHD\r\n", fixture.Send("ms b 1 E1\r\nx\r\nmg b\r\n"));
        Assert.Equal("OK\r\nHD\r\n", fixture.Send("flush_all 5\r\nmg b\r\n"));
        fixture.Time.Advance(5);
        Assert.Equal("EN\r\n", fixture.Send("mg b\r\n"));
    }

    [Theory]
    [InlineData("ms a 2000 T1\r\n", "SERVER_ERROR object too large for cache\r\nMN\r\n")]
    [InlineData("ms a 2000 q\r\n", "SERVER_ERROR object too large for cache\r\nMN\r\n")]
    [InlineData("ms a 2000 z\r\n", "CLIENT_ERROR invalid flag\r\nMN\r\n")]
    [InlineData("ms a 2000 Mx\r\n", "CLIENT_ERROR invalid mode for ms M token\r\nMN\r\n")]
    public void The_value_of_a_refused_set_is_passed_over(string line, string expected)
    {
        using SessionFixture fixture = new(new KvServerOptions { MaxItemBytes = 1000 });

        Assert.Equal(expected, fixture.Send(line + new string('\n', 2000) + "\r\nmn\r\n"));
    }

    [Fact]
    public void A_set_too_large_takes_the_stale_value_with_it_and_an_add_does_not()
    {
        using SessionFixture fixture = new(new KvServerOptions { MaxItemBytes = 1000 });
        string tooLong = new string('x', 1000) + "\r\n";
        fixture.Send("ms a 1\r\nx\r\nms b 1\r\nx\r\n");

        Assert.EndsWith("\r\nHD\r\n", fixture.Send($"ms a 1000 ME\r\n{tooLong}mg a\r\n"), StringComparison.Ordinal);
        Assert.EndsWith("\r\nEN\r\n", fixture.Send($"ms b 1000\r\n{tooLong}mg b\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Meta_commands_are_counted_as_what_they_are()
    {
        using SessionFixture fixture = new();
        fixture.Send("ms a 1\r\n1\r\nmg a v\r\nmg b v\r\nmg a T10\r\nmg b T10\r\nma a\r\nma b\r\nmd b\r\nmd a\r\nms c 1 C1\r\nx\r\nmn\r\n");
        (string Name, long Value)[] expected =
        [
            ("cmd_set", 2), ("cmd_get", 2), ("get_hits", 1), ("cmd_touch", 2), ("touch_hits", 1), ("incr_hits", 1), ("incr_misses", 1),
            ("delete_hits", 1), ("delete_misses", 1), ("cas_misses", 1), ("curr_items", 0),
        ];

        Assert.Equal(expected, expected.Select(pair => (pair.Name, fixture.Figure(pair.Name))));
    }
}
