using System.Globalization;
using System.Text;
using FlexSc.Examples.KvServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

public sealed class StoreTests
{
    private static readonly KvServerOptions OneMegabyte = new() { MemoryLimitMb = 1, MaxItemBytes = 256 * 1024 };

    [Fact]
    public void The_least_recently_used_leave_first_and_the_limit_holds()
    {
        using SessionFixture fixture = new(OneMegabyte);
        string value = new('v', 1000);
        fixture.Send($"set kept 0 0 {value.Length}\r\n{value}\r\n");
        fixture.Send($"set left 0 0 {value.Length}\r\n{value}\r\n");
        for (int index = 0; index < 5000; index++)
        {
            Assert.Equal("STORED\r\n", fixture.Send($"set k{index} 0 0 {value.Length}\r\n{value}\r\n"));
            Assert.NotEqual("END\r\n", fixture.Send("get kept\r\n"));
            Assert.InRange(fixture.Store.Figures().UsedBytes, 1, fixture.Store.LimitBytes);
        }

        Assert.Equal("END\r\n", fixture.Send("get left\r\n"));
        Assert.Equal("END\r\n", fixture.Send("get k0\r\n"));
        Assert.NotEqual("END\r\n", fixture.Send("get k4999\r\n"));
        Assert.Equal(5002 - fixture.Figure("curr_items"), fixture.Figure("evictions"));
    }

    [Fact]
    public void Deleting_everything_returns_every_byte()
    {
        using SessionFixture fixture = new(new KvServerOptions(), shards: 4);
        Random random = new(7);
        List<string> keys = [];
        for (int index = 0; index < 20_000; index++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{index}-{new string('k', random.Next(200))}");
            keys.Add(key);
            int length = random.Next(random.Next(4000));
            Assert.Equal("STORED\r\n", fixture.Send($"set {key} 0 0 {length}\r\n{new string('v', length)}\r\n"));
        }

        foreach (string key in keys)
        {
            Assert.Equal("DELETED\r\n", fixture.Send($"delete {key}\r\n"));
        }

        Assert.Equal(0, fixture.Store.Figures().UsedBytes);
        Assert.Equal(0, fixture.Store.Figures().Items);
    }

    [Fact]
    public void Overwriting_reuses_the_block_and_allocates_nothing()
    {
        using SessionFixture fixture = new();
        byte[] set = Encoding.ASCII.GetBytes("set key 0 0 32\r\n" + new string('v', 32) + "\r\nget key\r\nincr n 1\r\n");
        System.Buffers.ArrayBufferWriter<byte> output = new(64 * 1024);
        fixture.Send("set n 0 0 10\r\n1000000000\r\n");
        fixture.Session.Receive(set, output, SessionFixture.Unlimited);
        long usedBytes = fixture.Store.Figures().UsedBytes;
        long allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 500; round++)
        {
            output.ResetWrittenCount();
            fixture.Session.Receive(set, output, SessionFixture.Unlimited);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocatedBefore);
        Assert.Equal(usedBytes, fixture.Store.Figures().UsedBytes);
    }

    [Theory]
    [InlineData("set")]
    [InlineData("append")]
    [InlineData("prepend")]
    public void The_least_recently_used_item_may_grow_while_the_memory_is_full(string command)
    {
        using SessionFixture fixture = new(OneMegabyte);
        string value = new('v', 1000);
        int count = 0;
        while (fixture.Figure("evictions") == 0)
        {
            fixture.Send($"set k{count++} 0 0 {value.Length}\r\n{value}\r\n");
        }

        // k0 has left for the newest, so k1 is the next to go.
        Assert.Equal("STORED\r\n", fixture.Send($"{command} k1 0 0 2000\r\n{value}{value}\r\n"));
    }

    [Fact]
    public void Many_items_stay_findable_while_the_table_grows()
    {
        using SessionFixture fixture = new(new KvServerOptions { MemoryLimitMb = 64 });
        for (int index = 0; index < 50_000; index++)
        {
            fixture.Send($"set key{index} 0 0 1\r\nx\r\n");
            if (index % 7 == 0)
            {
                Assert.Equal($"VALUE key{index / 2} 0 1\r\nx\r\nEND\r\n", fixture.Send($"get key{index / 2}\r\n"));
            }
        }

        for (int index = 0; index < 50_000; index++)
        {
            Assert.Equal("DELETED\r\n", fixture.Send($"delete key{index}\r\n"));
        }

        Assert.Equal(0, fixture.Store.Figures().UsedBytes);
    }

    [Theory]
    [InlineData("10", 9, 10)]
    [InlineData("2592000", 2591999, 2592000)]
    public void Items_expire_at_their_time(string expiry, int aliveAtSecond, int deadAtSecond)
    {
        using SessionFixture fixture = new();
        fixture.Send($"set a 0 {expiry} 1\r\nx\r\n");
        fixture.Time.Advance(aliveAtSecond);
        Assert.Equal("VALUE a 0 1\r\nx\r\nEND\r\n", fixture.Send("get a\r\n"));
        fixture.Time.Advance(deadAtSecond - aliveAtSecond);
        Assert.Equal("END\r\nNOT_FOUND\r\nSTORED\r\n", fixture.Send("get a\r\nincr a 1\r\nadd a 0 0 1\r\ny\r\n"));
    }

    [Fact]
    public void A_large_expiry_is_a_date_and_a_past_or_negative_one_is_dead_on_arrival()
    {
        using SessionFixture fixture = new();
        long now = fixture.Time.GetUtcNow().ToUnixTimeSeconds();
        fixture.Send($"set soon 0 {now + 5} 1\r\nx\r\nset past 0 {now - 5} 1\r\nx\r\nset negative 0 -1 1\r\nx\r\nset far 0 99999999999 1\r\nx\r\n");
        Assert.Equal("VALUE soon 0 1\r\nx\r\nVALUE far 0 1\r\nx\r\nEND\r\n", fixture.Send("get soon past negative far\r\n"));
        fixture.Time.Advance(5);
        Assert.Equal("VALUE far 0 1\r\nx\r\nEND\r\n", fixture.Send("get soon far\r\n"));
    }

    [Fact]
    public void Touch_and_gat_move_the_expiry()
    {
        using SessionFixture fixture = new();
        fixture.Send("set a 0 5 1\r\nx\r\nset b 0 5 1\r\ny\r\n");
        Assert.Equal("TOUCHED\r\nVALUE b 0 1\r\ny\r\nEND\r\n", fixture.Send("touch a 100\r\ngat 100 b\r\n"));
        fixture.Time.Advance(50);
        Assert.Equal("VALUE a 0 1\r\nx\r\nVALUE b 0 1\r\ny\r\nEND\r\n", fixture.Send("get a b\r\n"));
        fixture.Time.Advance(50);
        Assert.Equal("END\r\nNOT_FOUND\r\n", fixture.Send("get a b\r\ntouch a 1\r\n"));
    }

    [Fact]
    public void A_delayed_flush_spares_what_is_stored_after_it()
    {
        using SessionFixture fixture = new();
        fixture.Send("set a 0 0 1\r\nx\r\nflush_all 10\r\n");
        fixture.Time.Advance(9);
        Assert.Equal("VALUE a 0 1\r\nx\r\nEND\r\n", fixture.Send("get a\r\n"));
        fixture.Time.Advance(1);
        Assert.Equal("STORED\r\nVALUE b 0 1\r\ny\r\nEND\r\n", fixture.Send("set b 0 0 1\r\ny\r\nget a b\r\n"));
    }

    [Fact]
    public void The_sweep_frees_what_nobody_asks_for()
    {
        using SessionFixture fixture = new();
        for (int index = 0; index < 3000; index++)
        {
            fixture.Send($"set k{index} 0 {(index % 2 == 0 ? 10 : 0)} 1\r\nx\r\n");
        }

        fixture.Time.Advance(10);
        fixture.Store.Sweep(bucketsPerShard: 16);
        Assert.InRange(fixture.Store.Figures().Items, 1501, 2999);
        for (int round = 0; round < 1000; round++)
        {
            fixture.Store.Sweep(bucketsPerShard: 16);
        }

        Assert.Equal(1500, fixture.Store.Figures().Items);
        fixture.Send("flush_all\r\n");
        fixture.Store.Sweep(bucketsPerShard: int.MaxValue);
        Assert.Equal(0, fixture.Store.Figures().UsedBytes);
    }

    [Fact]
    public async Task Shards_shared_by_threads_lose_no_increment()
    {
        using SessionFixture fixture = new(new KvServerOptions(), shards: 4);
        fixture.Send("set n 0 0 1\r\n0\r\n");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            KvServer.Protocol.KvSession session = fixture.NewSession();
            System.Buffers.ArrayBufferWriter<byte> output = new();
            byte[] input = Encoding.ASCII.GetBytes($"incr n 1\r\nset w{worker} 0 0 1\r\nx\r\nget w0 w1 w2 w3\r\ndelete w{worker}\r\n");
            for (int round = 0; round < 2000; round++)
            {
                output.ResetWrittenCount();
                session.Receive(input, output, SessionFixture.Unlimited);
            }
        })));

        Assert.Equal("VALUE n 0 4\r\n8000\r\nEND\r\n", fixture.Send("get n\r\n"));
        fixture.Send("delete n\r\n");
        Assert.Equal(0, fixture.Store.Figures().UsedBytes);
    }
}
