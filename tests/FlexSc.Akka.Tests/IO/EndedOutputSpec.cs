using System.Buffers;
using System.Net;
using System.Text.Json;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Direct output at the wrong time, and more of it counted than written.</summary>
public abstract class EndedOutputSpec(string backend) : TcpFixture(
    $"flexsc.loops.send-pool-bytes = 1048576\nflexsc.loops.backend = {backend}")
{
    private const int Bytes = 100;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Output_written_after_the_end_takes_no_memory(bool whileTheEndIsUnderWay)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        ActorLoop loop = Extension.Group.StartedLoops[0];
        for (int i = 0; i < 50; i++)
        {
            using TcpPair pair = await ConnectAsync(bind, endpoint);
            TcpOutput output = FlexTcp.OutputOf(pair.Connection);
            if (!whileTheEndIsUnderWay)
            {
                pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
                await pair.Handler.ExpectMsgAsync<Tcp.Aborted>(Deadline);
            }

            await loop.RunAsync(() =>
            {
                if (whileTheEndIsUnderWay)
                {
                    _ = output.GetSpan(Bytes);
                    pair.Connection.Tell(Tcp.Abort.Instance, pair.Handler);
                    output.Advance(Bytes);
                }

                for (int write = 0; write < 200; write++)
                {
                    output.GetSpan(Bytes).Fill((byte)'x');
                    output.Advance(Bytes);
                    output.Flush();
                }

                return Task.FromResult(0);
            });
            output.GetSpan(Bytes).Fill((byte)'x');
            output.Advance(Bytes);
            output.Flush();
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Output_after_a_confirmed_close_is_dropped_and_a_write_fails()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        pair.Connection.Tell(Tcp.ConfirmedClose.Instance, pair.Handler);
        Assert.Equal(System.Net.Sockets.SocketError.Success, await ReceiveEndAsync(pair.Peer));
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        ActorLoop loop = Extension.Group.StartedLoops[0];
        (long unsent, int blocks) = await loop.RunAsync(() =>
        {
            output.Write("late"u8);
            output.Flush();
            return Task.FromResult((output.UnsentBytes, loop.Io.Tcp.SendBlocks.Outstanding));
        });
        Assert.Equal((0, 0), (unsent, blocks));
        pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("late")), pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.CommandFailed>(Deadline);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_counted_and_not_written_are_zeros(bool onTheLoop)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        for (int round = 0; round < 20; round++)
        {
            using TcpPair secret = await ConnectAsync(bind, endpoint);
            await WriteAsync(secret, onTheLoop, output =>
            {
                output.GetSpan(4000).Fill((byte)'s');
                output.Advance(4000);
            });
            await ReceiveExactlyAsync(secret.Peer, 4000);

            // Two steps: what the second counts was not exposed by the first.
            using TcpPair other = await ConnectAsync(bind, endpoint);
            await WriteAsync(other, onTheLoop, output =>
            {
                output.GetSpan(10)[..3].Fill((byte)'a');
                output.Advance(10);
                _ = output.GetMemory(90);
                output.Advance(90);
            });
            byte[] received = await ReceiveExactlyAsync(other.Peer, 100);
            Assert.Equal("aaa"u8.ToArray(), received[..3]);
            Assert.All(received[3..], value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public async Task More_than_the_room_asked_for_is_refused()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await WriteAsync(pair, onTheLoop: true, output =>
        {
            int room = output.GetSpan(100).Length;
            Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(room + 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(-1));
            output.GetSpan(5000).Fill((byte)'x');
            output.Advance(4000);
            output.Advance(1000);
            int left = output.GetSpan().Length;
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("between")), pair.Handler);

            // The room belonged to the block that the write came after.
            Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(left));
            output.Write("end"u8);
        });
        byte[] received = await ReceiveExactlyAsync(pair.Peer, 5010);
        Assert.Equal("betweenend"u8.ToArray(), received[5000..]);
    }

    [Fact]
    public async Task A_json_writer_writes_into_the_memory_it_is_sent_from()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        Memory<byte> kept = default;
        await WriteAsync(pair, onTheLoop: true, output =>
        {
            kept = output.GetMemory(10);
            using Utf8JsonWriter writer = new(output);
            writer.WriteStartArray();
            for (int i = 0; i < 5000; i++)
            {
                writer.WriteNumberValue(i);
            }

            writer.WriteEndArray();
        });
        byte[] expected = JsonSerializer.SerializeToUtf8Bytes(Enumerable.Range(0, 5000));
        Assert.Equal(expected, await ReceiveExactlyAsync(pair.Peer, expected.Length));
        pair.Peer.Close();
        await AssertNothingIsLeftAsync();
        Assert.Throws<ObjectDisposedException>(() => kept.Span.Length);
    }

    private async Task WriteAsync(TcpPair pair, bool onTheLoop, Action<TcpOutput> write)
    {
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        if (!onTheLoop)
        {
            write(output);
            output.Flush();
            return;
        }

        ActorLoop loop = Extension.Group.StartedLoops[0];
        await loop.RunAsync(() =>
        {
            write(output);
            output.Flush();
            return Task.FromResult(0);
        });
    }
}

public sealed class EndedOutputOnIoUringSpec() : EndedOutputSpec("io-uring");

public sealed class EndedOutputOnSyscallThreadsSpec() : EndedOutputSpec("syscall-threads");
