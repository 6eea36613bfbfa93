using System.Text;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

public sealed class SplitTests
{
    private const int RandomRounds = 300;

    private static readonly byte[] Conversation = Encoding.Latin1.GetBytes(
        "set a 1 0 12\r\nhello\r\nworld\r\nget a b\r\nset b 2 0 3 noreply\r\nxyz\r\ngets b\r\nappend b 0 0 2\r\n!!\r\n"
        + "  get   a  b\nset c 0 0 1\r\nbad\r\nset c 0 0 0\r\n\r\nincr c 1\r\ncas b 0 0 1 1\r\nz\r\n"
        + "set d 0 0 900\r\n" + new string('d', 900) + "\r\nset e 0 0 2000\r\n" + new string('e', 2000) + "\r\n"
        + "get d e\r\nprepend d 0 0 99\r\n" + new string('p', 99) + "\r\ndelete a\r\nget a d\r\n\r\nfoo\r\ngat 0 b c\r\n"
        + "ms m 12 c k O7 T0\r\nmeta\r\nvalue!\r\nmg m v k O8 c f\r\nms bTI= 1700 b k c\r\n" + new string('m', 1700) + "\r\nms bTI= 900 b k MP c\r\n"
        + new string('M', 900) + "\r\nmg bTI= b k v s\r\nms m 3 ME q\r\nabc\r\nms m 3 x Mz\r\nabc\r\nma n N0 J5 v t\r\nmd m q\r\nmg m q\r\nmn\r\nquit\r\n");

    [Fact]
    public void A_conversation_split_anywhere_gets_the_same_replies()
    {
        string expected = Replies();
        for (int cut = 1; cut < Conversation.Length; cut++)
        {
            Assert.Equal(expected, Replies(cut));
        }
    }

    [Fact]
    public void A_conversation_that_trickles_in_gets_the_same_replies() =>
        Assert.Equal(Replies(), Replies([.. Enumerable.Range(1, Conversation.Length - 1)]));

    [Theory]
    [InlineData(1)]
    [InlineData(20261124)]
    public void A_conversation_in_random_pieces_gets_the_same_replies(int seed)
    {
        Random random = new(seed);
        string expected = Replies();
        for (int round = 0; round < RandomRounds; round++)
        {
            int[] cuts = [.. Enumerable.Range(0, 12).Select(_ => random.Next(1, Conversation.Length)).Distinct().Order()];
            Assert.Equal(expected, Replies(cuts));
        }
    }

    [Fact]
    public void A_conversation_whose_reader_is_slow_gets_the_same_replies()
    {
        using SessionFixture fixture = NewFixture();
        StringBuilder replies = new(fixture.Send(Conversation, allowanceBytes: 1));
        while (fixture.State == KvServer.Protocol.SessionState.Paused)
        {
            replies.Append(fixture.Resume(allowanceBytes: 1));
        }

        Assert.Equal(Replies(), replies.ToString());
    }

    [Fact]
    public void No_memory_stays_behind_wherever_the_connection_breaks()
    {
        for (int cut = 1; cut < Conversation.Length; cut++)
        {
            using SessionFixture fixture = NewFixture();
            fixture.Send(Conversation.AsSpan(0, cut));
            fixture.Session.Release();
            fixture.Store.Dispose();
            Assert.Equal(0, fixture.Store.Figures().UsedBytes);
        }
    }

    private static string Replies(params int[] cuts)
    {
        using SessionFixture fixture = NewFixture();
        return fixture.SendSplit(Conversation, cuts);
    }

    private static SessionFixture NewFixture() => new(new KvServer.Service.KvServerOptions { MaxItemBytes = 1500, MemoryLimitMb = 1 });
}
