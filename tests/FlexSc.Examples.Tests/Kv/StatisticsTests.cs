using System.Globalization;
using System.Net;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Measuring.Servers;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>What <c>stats</c> answers: memcached's names, and only what was counted.</summary>
public sealed class StatisticsTests
{
    // What is this server's own: its names must not be taken for memcached's.
    private static readonly string[] Own =
        ["arriving_bytes", "max_arriving_percent", "max_line_bytes", "max_get_line_bytes", "max_pending_input_bytes", "max_unsent_bytes", "close_timeout", "idle_kicks"];

    [Fact]
    public void Classes_of_sizes_tell_of_their_items()
    {
        using SessionFixture fixture = new();
        fixture.Send("set a 0 0 1\r\nx\r\nset b 0 0 1\r\nx\r\nset big 0 0 2000\r\n" + new string('x', 2000) + "\r\nget a\r\nget a\r\nincr a 1\r\ntouch b 9\r\ndelete b\r\nset n 0 0 1\r\n1\r\nincr n 1\r\ncas n 0 0 1 1\r\nx\r\n");
        Dictionary<string, string> items = Ask(fixture, "stats items");
        Dictionary<string, string> slabs = Ask(fixture, "stats slabs");
        string small = ClassOf(fixture, "a");
        string large = ClassOf(fixture, "big");

        Assert.NotEqual(small, large);
        Assert.Equal("2", items[$"items:{small}:number"]);
        Assert.Equal("1", items[$"items:{large}:number"]);
        Assert.Equal("2", slabs[$"{small}:used_chunks"]);
        Assert.Equal("2", slabs[$"{small}:get_hits"]);
        Assert.Equal("1", slabs[$"{small}:delete_hits"]);
        Assert.Equal("1", slabs[$"{small}:touch_hits"]);
        Assert.Equal("1", slabs[$"{small}:cas_badval"]);
        Assert.Equal("2", slabs["active_slabs"]);
        Assert.Equal(fixture.Store.Figures().UsedBytes, Number(slabs, "total_malloced"));
        Assert.InRange(Number(items, $"items:{large}:mem_requested"), 2000, Number(slabs, $"{large}:chunk_size"));
        Assert.InRange(Number(slabs, $"{large}:chunk_size"), 2000, 2000 * 9 / 8 + 128);
    }

    [Fact]
    public void What_left_is_counted_in_its_class()
    {
        using SessionFixture fixture = new(new KvServerOptions { MemoryLimitMb = 1, MaxItemBytes = 100_000 });
        string value = new string('x', 20_000) + "\r\n";
        fixture.Send($"set expired 0 1 20000\r\n{value}set read 0 100 20000\r\n{value}get read\r\n");
        fixture.Time.Advance(7);
        fixture.Send("get expired\r\n");
        for (int index = 0; fixture.Figure("evictions") < 2; index++)
        {
            fixture.Send($"set k{index} 0 0 20000\r\n{value}");
        }

        fixture.Send("set large 0 0 200000\r\n" + new string('x', 200_000) + "\r\n");
        Dictionary<string, string> items = Ask(fixture, "stats items");
        string prefix = $"items:{ClassOf(fixture, "k40")}:";
        (string Name, long Value)[] expected =
        [
            ("reclaimed", 1), ("expired_unfetched", 1), ("evicted", 2), ("evicted_nonzero", 1), ("evicted_unfetched", 1), ("outofmemory", 0),
        ];
        Assert.Equal(expected, expected.Select(pair => (pair.Name, Number(items, prefix + pair.Name))));
        Assert.Equal([1L, 1L, 1L], [fixture.Figure("expired_unfetched"), fixture.Figure("evicted_unfetched"), fixture.Figure("store_too_large")]);
        fixture.Send("stats reset\r\n");
        items = Ask(fixture, "stats items");
        Assert.Equal([0L, 0L], [Number(items, prefix + "evicted"), Number(items, prefix + "reclaimed")]);
        Assert.True(Number(items, prefix + "number") > 0);
    }

    [SkippableFact]
    public async Task Names_are_those_of_memcached()
    {
        using ServerProcess memcached = PeerPrograms.StartMemcached();
        await using KvService service = await IoVariants.StartAsync(IoVariants.FlexScPooled);
        using KvClient theirs = new(memcached.EndPoint);
        using KvClient ours = new(service.LocalEndPoint);
        foreach (string group in (string[])["", " settings", " items", " slabs", " conns", " sizes"])
        {
            theirs.Ask("set a 0 0 1\r\nx\r\n");
            ours.Ask("set a 0 0 1\r\nx\r\n");
            string[] expected = Names(theirs.Ask($"stats{group}\r\n"));
            string[] actual = Names(ours.Ask($"stats{group}\r\n"));
            Assert.NotEmpty(actual);
            Assert.Empty(actual.Except(expected).Except(Own));
        }

        foreach (string unknown in (string[])["stats nothing\r\n", "stats items9\r\n", "stats Items\r\n"])
        {
            Assert.Equal(theirs.Ask(unknown), ours.Ask(unknown));
        }

        Assert.Equal(theirs.Ask("stats sizes\r\n"), ours.Ask("stats sizes\r\n"));
        theirs.Send("stats sizes_disable\r\n");
        ours.Send("stats sizes_disable\r\nstats sizes_enable\r\n");
        Assert.Equal(theirs.ReadLine(), ours.ReadLine());
        Assert.Equal(["STAT sizes_status error", "STAT sizes_error this server keeps no histogram of sizes"], [ours.ReadLine(), ours.ReadLine()]);
        Assert.Equal(theirs.Ask("stats reset\r\n"), ours.Ask("stats reset\r\n"));
    }

    [SkippableTheory]
    [InlineData(IoVariants.FlexScPooled)]
    [InlineData(IoVariants.AkkaIo)]
    public async Task Connections_are_listed_with_what_they_wait_for(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        using KvClient asking = new(service.LocalEndPoint);
        Assert.StartsWith("VERSION", asking.Ask("version\r\n"), StringComparison.Ordinal);
        using KvClient midValue = new(service.LocalEndPoint);
        Assert.StartsWith("VERSION", midValue.Ask("version\r\nset a 0 0 100\r\npart"), StringComparison.Ordinal);

        string listed = asking.Ask("stats conns\r\n");
        for (long deadline = Environment.TickCount64 + 20_000; !listed.Contains("STAT 2:state conn_nread|", StringComparison.Ordinal); listed = asking.Ask("stats conns\r\n"))
        {
            Assert.True(Environment.TickCount64 < deadline, listed);
        }

        Assert.StartsWith($"STAT 0:addr tcp:{service.LocalEndPoint}|STAT 0:state conn_listening|STAT 1:addr tcp:{AddressOf(asking)}|", listed, StringComparison.Ordinal);
        Assert.Contains($"STAT 1:listen_addr tcp:{service.LocalEndPoint}|STAT 1:state conn_parse_cmd|STAT 1:secs_since_last_cmd 0|", listed, StringComparison.Ordinal);
        Assert.Contains($"STAT 2:addr tcp:{AddressOf(midValue)}|", listed, StringComparison.Ordinal);
    }

    // The sockets of the tests are IPv6's, and the server sees IPv4's.
    private static string AddressOf(KvClient client) => $"127.0.0.1:{((IPEndPoint)client.Socket.LocalEndPoint!).Port}";

    private static string[] Names(string reply) =>
        [.. reply.Split('|').Where(line => line.StartsWith("STAT ", StringComparison.Ordinal)).Select(line => WithoutNumber(line.Split(' ')[1])).Distinct()];

    private static string WithoutNumber(string name)
    {
        string[] parts = name.Split(':');
        return parts.Length == 1 ? name : string.Join(':', parts.Where(part => !int.TryParse(part, out _)));
    }

    private static string ClassOf(SessionFixture fixture, string key) => fixture.Send($"me {key}\r\n").Split("cls=")[1].Split(' ')[0];

    private static Dictionary<string, string> Ask(SessionFixture fixture, string command) => fixture.Send(command + "\r\n").Split("\r\n")
        .Where(line => line.StartsWith("STAT ", StringComparison.Ordinal)).Select(line => line.Split(' ')).ToDictionary(words => words[1], words => words[2]);

    private static long Number(Dictionary<string, string> statistics, string name) => long.Parse(statistics[name], CultureInfo.InvariantCulture);
}
