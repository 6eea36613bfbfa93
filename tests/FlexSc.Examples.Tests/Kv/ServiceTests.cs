using System.Net;
using System.Net.Sockets;
using FlexSc.Examples.KvServer.Service;
using FlexSc.Examples.Shared;
using Xunit;

namespace FlexSc.Examples.Tests.Kv;

/// <summary>The whole server over loopback sockets.</summary>
public sealed class ServiceTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Clients_share_one_store_and_pipelined_replies_keep_their_order(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        using KvClient writer = new(service.LocalEndPoint);
        using KvClient reader = new(service.LocalEndPoint);

        Assert.Equal("STORED", writer.Ask("set a 5 0 3\r\nabc\r\n"));
        Assert.Equal("VALUE a 5 3|abc|END", reader.Ask("get a\r\n"));
        Assert.Equal("STORED", writer.Ask("set n 0 0 1\r\n0\r\n"));
        reader.Send(string.Concat(Enumerable.Repeat("incr n 1\r\n", 5000)));
        for (int count = 1; count <= 5000; count++)
        {
            Assert.Equal($"{count}", reader.ReadLine());
        }
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Large_values_survive_the_trip_both_ways(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        using KvClient client = new(service.LocalEndPoint);
        string value = new(Enumerable.Range(0, 1_000_000).Select(index => (char)('!' + (index * 31 % 90))).ToArray());

        Assert.Equal("STORED", client.Ask($"set big 0 0 {value.Length}\r\n{value}\r\n"));
        Assert.Equal($"VALUE big 0 {value.Length}|{value}|END", client.Ask("get big\r\n"));
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task A_client_that_does_not_read_is_held_back_and_disturbs_nobody(string variant)
    {
        const int gets = 2000;
        await using KvService service = await IoVariants.StartAsync(variant);
        using KvClient slow = new(service.LocalEndPoint);
        using KvClient other = new(service.LocalEndPoint);
        string value = new('v', 100_000);
        Assert.Equal("STORED", slow.Ask($"set big 0 0 {value.Length}\r\n{value}\r\n"));

        long writtenBefore = service.Counters.BytesWritten;
        slow.Send(string.Concat(Enumerable.Repeat("get big\r\n", gets)));
        for (int round = 0; round < 200; round++)
        {
            Assert.Equal("STORED", other.Ask("set small 0 0 1\r\nx\r\n"));
        }

        // What the kernel's two buffers took is beyond the server's count of unsent bytes; all 200 MB never fit them.
        Assert.InRange(service.Counters.BytesWritten - writtenBefore, 0, gets * value.Length / 2);
        string expected = $"VALUE big 0 {value.Length}|{value}|END";
        for (int index = 0; index < gets; index++)
        {
            Assert.Equal(expected, slow.ReadReply());
        }
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task A_client_that_ends_its_direction_gets_every_reply(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        string value = new('v', 3_000);
        for (int round = 0; round < 18; round++)
        {
            // One reply is made at once; many pause the session, and the end comes with the requests or while they wait.
            int gets = (round % 3) switch
            {
                0 => 1,
                1 => 500,
                _ => 5_000,
            };
            using KvClient client = new(service.LocalEndPoint);
            client.Send($"set a 0 0 {value.Length}\r\n{value}\r\n" + string.Concat(Enumerable.Repeat("get a\r\n", gets)));
            client.Socket.Shutdown(SocketShutdown.Send);
            Assert.Equal("STORED", client.ReadReply());
            for (int index = 0; index < gets; index++)
            {
                Assert.Equal($"VALUE a 0 {value.Length}|{value}|END", client.ReadReply());
            }

            Assert.True(client.IsAtEnd());
        }

        await WaitUntilAsync(() => service.Counters.CurrentConnections == 0);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Connections_that_end_in_any_way_leave_nothing(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(variant);
        using KvClient observer = new(service.LocalEndPoint);
        Assert.Equal("NOT_FOUND", observer.Ask("delete a\r\n"));
        for (int round = 0; round < 20; round++)
        {
            using KvClient quitting = new(service.LocalEndPoint);
            using KvClient midValue = new(service.LocalEndPoint);
            using KvClient reset = new(service.LocalEndPoint);
            using KvClient garbage = new(service.LocalEndPoint);
            quitting.Send("version\r\nquit\r\n");
            Assert.StartsWith("VERSION ", quitting.ReadLine(), StringComparison.Ordinal);
            Assert.True(quitting.IsAtEnd());
            midValue.Send("set a 0 0 100000\r\nonly the beginning");
            midValue.Socket.Shutdown(SocketShutdown.Send);
            Assert.True(midValue.IsAtEnd());
            reset.Send("set a 0 0 100000\r\nonly the beginning");
            reset.Socket.LingerState = new LingerOption(true, 0);
            garbage.Send(new string('\u0001', 5000));
            Assert.Equal("CLIENT_ERROR line too long", garbage.ReadLine());
            Assert.True(garbage.IsAtEnd());
        }

        await WaitUntilAsync(() => service.Counters.CurrentConnections == 1 && service.Store.Figures().UsedBytes == 0);
        Assert.Equal("NOT_FOUND", observer.Ask("delete a\r\n"));
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Connections_beyond_the_limit_are_told(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(IoVariants.Options(variant) with { MaxConnections = 2 });
        using KvClient first = new(service.LocalEndPoint);
        using KvClient second = new(service.LocalEndPoint);
        Assert.Equal("NOT_FOUND", first.Ask("delete a\r\n"));
        Assert.Equal("NOT_FOUND", second.Ask("delete a\r\n"));

        using KvClient third = new(service.LocalEndPoint);
        Assert.Equal("ERROR Too many open connections", third.ReadLine());
        Assert.True(third.IsAtEnd());
        Assert.Equal("NOT_FOUND", first.Ask("delete a\r\n"));
        Assert.Equal(1, service.Counters.RejectedConnections);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Idle_connections_and_those_that_do_not_read_their_last_replies_are_closed(string variant)
    {
        await using KvService service = await IoVariants.StartAsync(
            IoVariants.Options(variant) with { IdleTimeoutSeconds = 3, CloseTimeoutSeconds = 1 });
        using KvClient idle = new(service.LocalEndPoint);
        using KvClient deaf = new(service.LocalEndPoint);
        string value = new('v', 1_000_000);
        Assert.Equal("STORED", deaf.Ask($"set big 0 0 {value.Length}\r\n{value}\r\n"));
        deaf.Send(string.Concat(Enumerable.Repeat("get big\r\n", 100)) + "quit\r\n");

        Assert.True(idle.IsAtEnd());
        await WaitUntilAsync(() => service.Counters.CurrentConnections == 0);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Many_connections_at_once_are_served_and_gone(string variant)
    {
        const int connections = 300;
        await using KvService service = await IoVariants.StartAsync(variant);
        for (int round = 0; round < 2; round++)
        {
            KvClient[] clients = [.. Enumerable.Range(0, connections).Select(_ => new KvClient(service.LocalEndPoint))];
            foreach (KvClient client in clients)
            {
                client.Send("set a 0 0 1\r\nx\r\nget a\r\n");
            }

            foreach (KvClient client in clients)
            {
                Assert.Equal("STORED", client.ReadReply());
                Assert.Equal("VALUE a 0 1|x|END", client.ReadReply());
                client.Dispose();
            }

            await WaitUntilAsync(() => service.Counters.CurrentConnections == 0);
        }

        Assert.Equal(2 * connections, service.Counters.TotalConnections);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task Stopping_closes_open_connections_in_time_and_frees_the_port(string variant)
    {
        KvService service = await IoVariants.StartAsync(variant);
        using KvClient idle = new(service.LocalEndPoint);
        using KvClient midValue = new(service.LocalEndPoint);
        Assert.Equal("STORED", idle.Ask("set a 0 0 1\r\nx\r\n"));
        midValue.Send("set b 0 0 100\r\npart");

        await service.StopAsync();

        Assert.True(idle.IsAtEnd());
        Assert.True(midValue.IsAtEnd());
        Assert.Equal(0, service.Store.Figures().UsedBytes);
        using Socket probe = new(SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = Assert.Throws<SocketException>(() => probe.Connect(service.LocalEndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    [SkippableTheory]
    [ClassData(typeof(IoVariants))]
    public async Task A_port_in_use_is_named(string variant)
    {
        using Socket holder = new(SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        int port = ((IPEndPoint)holder.LocalEndPoint!).Port;

        ListenException failure = await Assert.ThrowsAsync<ListenException>(
            () => IoVariants.StartAsync(IoVariants.Options(variant) with { Port = port }));

        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("--port", failure.Message, StringComparison.Ordinal);
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }
}
