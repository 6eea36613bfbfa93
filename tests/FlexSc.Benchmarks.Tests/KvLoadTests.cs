using System.Text;
using FlexSc.Benchmarks.Load.Kv;
using FlexSc.Measuring.Load;
using Xunit;

namespace FlexSc.Benchmarks.Tests;

public sealed class KvLoadTests
{
    private const int Keys = 10;
    private const int OnlySets = 0;
    private const int Depth = 4;
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    // Ends by itself when no connection is left.
    private static readonly TimeSpan UntilAllFailed = TimeSpan.FromSeconds(30);
    private static readonly KvWorkload Workload = new(Keys, valueBytes: 32);
    private static readonly int SetBytes = Workload.Request(new KvCommand(0, IsSet: true)).Length;

    [Fact]
    public void Whole_replies_are_counted_however_they_are_cut()
    {
        long served = 0;
        using ScriptedServer server = new((bytes, before) =>
        {
            int replies = ((before + bytes.Length) / SetBytes) - (before / SetBytes);
            Interlocked.Add(ref served, replies);
            return [.. Enumerable.Repeat<byte[][]>(["STO"u8.ToArray(), "RED\r\n"u8.ToArray()], replies).SelectMany(pieces => pieces)];
        });
        LoadResult result = Run(server, Duration);
        Assert.Equal("", result.ErrorText);
        Assert.Equal(0, result.Errors);
        Assert.True(result.P99Us >= result.P50Us && result.P50Us > 0, $"p50 {result.P50Us}, p99 {result.P99Us}");
        Assert.InRange(result.Requests, 1, Interlocked.Read(ref served));
        Assert.InRange(Interlocked.Read(ref served) - result.Requests, 0, 2 * Depth);
    }

    [Theory]
    [InlineData("SERVER_ERROR out of memory\r\n", "expected 'STORED")]
    [InlineData("STORED\r\nSTORED\r\nSTORED\r\nSTORED\r\nSTORED\r\n", "after the last reply")]
    public void A_wrong_reply_is_an_error_with_its_text(string reply, string error)
    {
        using ScriptedServer server = new((_, _) => [Encoding.ASCII.GetBytes(reply)]);
        LoadResult result = Run(server, UntilAllFailed);
        Assert.Equal(2, result.Errors);
        Assert.Contains(error, result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_closed_connection_is_an_error()
    {
        using ScriptedServer server = new((_, _) => null);
        LoadResult result = Run(server, UntilAllFailed);
        Assert.Equal(2, result.Errors);
        Assert.Equal(0, result.Requests);
    }

    [Fact]
    public void Commands_and_replies_are_written_in_either_protocol()
    {
        KvCommand set = new(1, IsSet: true);
        KvCommand get = new(1, IsSet: false);
        KvWorkload resp = new(Keys, valueBytes: 4, KvProtocol.Resp);
        Assert.Equal("*3\r\n$3\r\nSET\r\n$12\r\nkey:00000001\r\n$4\r\nkey:\r\n", Encoding.ASCII.GetString(resp.Request(set)));
        Assert.Equal("*2\r\n$3\r\nGET\r\n$12\r\nkey:00000001\r\n", Encoding.ASCII.GetString(resp.Request(get)));
        Assert.Equal("+OK\r\n", Encoding.ASCII.GetString(resp.Reply(set)));
        Assert.Equal("$4\r\nkey:\r\n", Encoding.ASCII.GetString(resp.Reply(get)));
        KvWorkload memcached = new(Keys, valueBytes: 4);
        Assert.Equal("set key:00000001 0 0 4\r\nkey:\r\n", Encoding.ASCII.GetString(memcached.Request(set)));
        Assert.Equal("VALUE key:00000001 0 4\r\nkey:\r\nEND\r\n", Encoding.ASCII.GetString(memcached.Reply(get)));
    }

    [Fact]
    public void Of_ten_commands_one_is_a_set()
    {
        KvMix mix = new(Keys, getsPerSet: 9, seed: 1);
        KvCommand[] commands = [.. Enumerable.Range(0, 1000).Select(_ => mix.Next())];
        Assert.Equal(100, commands.Count(command => command.IsSet));
        Assert.Equal(Keys, commands.Select(command => command.Key).Distinct().Count());
    }

    private static LoadResult Run(ScriptedServer server, TimeSpan duration)
    {
        using KvLoadLoop loop = new(Workload, new KvMix(Keys, OnlySets, seed: 1), server.EndPoint, new LoadShape(2, Depth));
        return loop.Run(TimeSpan.Zero, duration);
    }
}
