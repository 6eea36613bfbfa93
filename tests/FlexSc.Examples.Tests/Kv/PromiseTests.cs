using System.Buffers;
using System.Globalization;
using System.Text;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>What a client announces takes nothing from others; what it has sent takes no more than a share.</summary>
public sealed class PromiseTests
{
    private const int Clients = 100;
    private const int ItemCount = 1000;

    private static readonly KvServerOptions FourMegabytes = new() { MemoryLimitMb = 4, MaxItemBytes = 1024 * 1024 };
    private static readonly string Value = new('v', 3000);

    [Theory]
    [InlineData("set")]
    [InlineData("add")]
    [InlineData("append")]
    public void Announced_values_push_nothing_out(string command)
    {
        using SessionFixture fixture = Filled();
        long usedBytes = fixture.Store.Figures().UsedBytes;
        List<KvSession> sessions = Announce(fixture, $"{command} big 0 0 1000000\r\nabc", out string replies);

        Assert.Equal("", replies);
        Assert.Equal(0, fixture.Figure("evictions"));
        Assert.Equal(ItemCount, fixture.Store.Figures().Items);
        Assert.InRange(fixture.Store.Figures().UsedBytes - usedBytes, 1, Clients * 2048);
        sessions.ForEach(session => session.Release());
        Assert.Equal(usedBytes, fixture.Store.Figures().UsedBytes);
        Assert.Equal(0, fixture.Figure("arriving_bytes"));
    }

    [Fact]
    public void A_value_reserves_at_most_twice_what_has_arrived()
    {
        using SessionFixture fixture = new();
        fixture.Send("set big 0 0 1000000\r\n");
        for (int arrived = 1; arrived <= 64; arrived++)
        {
            fixture.Send(new string('v', 10_000));
            Assert.InRange(fixture.Store.Figures().UsedBytes, arrived * 10_000, (arrived * 10_000 * 9 / 4) + 2048);
        }

        Assert.Equal("STORED\r\n", fixture.Send(new string('v', 360_000) + "\r\n"));
        Assert.Equal(0, fixture.Figure("arriving_bytes"));
    }

    [Fact]
    public void Values_that_never_end_take_their_share_and_no_more()
    {
        using SessionFixture fixture = Filled();
        List<KvSession> sessions = Announce(fixture, $"set big 0 0 1000000\r\n{new string('v', 200_000)}", out string replies);

        Assert.Contains("SERVER_ERROR out of memory storing object\r\n", replies, StringComparison.Ordinal);
        Assert.InRange(fixture.Figure("arriving_bytes"), 200_000, fixture.Options.MemoryLimitBytes * fixture.Options.MaxArrivingPercent / 100);
        Assert.InRange(fixture.Store.Figures().Items, ItemCount / 3, ItemCount);
        Assert.Equal("STORED\r\n", fixture.Send($"set at-once 0 0 {Value.Length}\r\n{Value}\r\n"));
        Assert.Equal("SERVER_ERROR out of memory storing object\r\nEND\r\n", fixture.Send($"set late 0 0 500000\r\n{Value}") + fixture.Send(new string('v', 497_000) + "\r\nget late\r\n"));
        sessions.ForEach(session => session.Release());
        Assert.Equal(0, fixture.Figure("arriving_bytes"));
    }

    [Theory]
    [InlineData("set", "END\r\n")]
    [InlineData("append", "VALUE a 0 1\r\nx\r\nEND\r\n")]
    public void A_value_refused_half_way_is_swallowed_and_a_set_takes_the_stale_value_with_it(string command, string reply)
    {
        using SessionFixture fixture = new(FourMegabytes with { MaxArrivingPercent = 20 });
        fixture.Send("set a 0 0 1\r\nx\r\n");
        StringBuilder replies = new(fixture.Send($"{command} a 0 0 1000000\r\n"));
        for (int sent = 0; sent < 1_000_000; sent += 100_000)
        {
            replies.Append(fixture.Send(new string('v', 100_000)));
        }

        Assert.Equal("SERVER_ERROR out of memory storing object\r\n", replies.ToString());
        Assert.Equal(reply, fixture.Send("\r\nget a\r\n"));
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Clients_that_announce_and_wait_leave_the_others_items(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(IoVariants.Options(variant) with { MemoryLimitMb = 8, MaxItemBytes = 1024 * 1024 });
        using KvClient witness = new(service.LocalEndPoint);
        for (int index = 0; index < ItemCount; index++)
        {
            Assert.Equal("STORED", witness.Ask($"set k{index} 0 0 {Value.Length}\r\n{Value}\r\n"));
        }

        List<KvClient> clients = [];
        try
        {
            for (int index = 0; index < Clients; index++)
            {
                clients.Add(new KvClient(service.LocalEndPoint));
                clients[^1].Send($"delete nothing\r\nset big{index} 0 0 1000000\r\nabc");
                Assert.Equal("NOT_FOUND", clients[^1].ReadReply());
            }

            Assert.Equal(0, service.Store.Figures().Uses.Evictions);
            Assert.Equal(ItemCount, service.Store.Figures().Items);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    private static SessionFixture Filled()
    {
        SessionFixture fixture = new(FourMegabytes);
        for (int index = 0; index < ItemCount; index++)
        {
            fixture.Send(string.Create(CultureInfo.InvariantCulture, $"set k{index} 0 0 {Value.Length}\r\n{Value}\r\n"));
        }

        Assert.Equal(ItemCount, fixture.Store.Figures().Items);
        return fixture;
    }

    private static List<KvSession> Announce(SessionFixture fixture, string input, out string replies)
    {
        ArrayBufferWriter<byte> output = new();
        List<KvSession> sessions = [.. Enumerable.Range(0, Clients).Select(_ => fixture.NewSession())];
        byte[] bytes = Encoding.ASCII.GetBytes(input);
        sessions.ForEach(session => session.Receive(bytes, output, SessionFixture.Unlimited));
        replies = Encoding.ASCII.GetString(output.WrittenSpan);
        return sessions;
    }
}
