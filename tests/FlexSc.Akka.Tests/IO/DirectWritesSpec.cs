using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Writes that other threads than the loop's tell, and send.</summary>
public abstract class DirectWritesSpec(string config) : TcpFixture("akka.log-dead-letters = off\n" + config)
{
    private const int Tellers = 8;
    private const int WritesPerTeller = 2000;
    private const int RecordBytes = 8;
    private const int Rounds = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task A_write_of_another_thread_needs_no_call_of_the_loops()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        long submissions = await SubmissionsAsync();

        // So few are no burst, however soon one follows the other.
        for (int i = 0; i < WriteBursts.MostQuickWrites; i++)
        {
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString("x"), new Ack(i)), pair.Handler);
            await pair.Handler.ExpectMsgAsync<Ack>(ack => ack.Number == i, Limit);
            await ReceiveExactlyAsync(pair.Peer, 1);
        }

        Assert.Equal(submissions, await SubmissionsAsync());
    }

    [Fact]
    public async Task A_reception_is_counted_before_its_handler_can_answer_it()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        TcpConnection connection = (TcpConnection)pair.Connection;
        for (int reception = 1; reception <= Rounds; reception++)
        {
            await pair.Peer.SendAsync("x"u8.ToArray());
            await pair.Handler.ExpectMsgAsync<Tcp.Received>(Limit);
            Assert.Equal(reception, connection.Receiver.ToldReceptions);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_many_threads_tell_arrives_whole_and_in_the_order_of_each(bool slowPeer)
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [new Inet.SO.SendBufferSize(4096)]);
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        int acknowledged = 0;
        TestProbe[] probes = [.. Enumerable.Range(0, Tellers).Select(_ => CreateTestProbe())];
        Task[] tellers = [.. Enumerable.Range(0, Tellers).Select(teller => Task.Factory.StartNew(
            () => TellRecords(pair.Connection, teller, probes[teller]), TaskCreationOptions.LongRunning))];
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        Task told = Task.WhenAll(tellers);

        // A slow peer reads on when something waits for it: what is written directly and what the loop sends take turns.
        Task<int[]> reading = ReadRecordsAsync(
            pair.Peer, slowPeer ? () => AwaitConditionAsync(() => Task.FromResult(output.UnsentBytes > 0 || told.IsCompleted), Limit, Poll) : null);
        await told.WaitAsync(Limit);
        for (int teller = 0; teller < Tellers; teller++)
        {
            for (int i = 0; i < WritesPerTeller; i++)
            {
                // Each teller's acknowledgements come in order.
                await probes[teller].ExpectMsgAsync<Ack>(ack => ack.Number == i, Limit);
                acknowledged++;
            }
        }

        int[] records = await reading.WaitAsync(Limit);
        Assert.Equal(Tellers * WritesPerTeller, acknowledged);
        Assert.All(records, count => Assert.Equal(WritesPerTeller, count));
        pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
        await pair.Handler.ExpectMsgAsync<Tcp.Closed>(Deadline);
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_close_never_overtakes_a_write_told_before_it()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        for (int round = 0; round < Rounds; round++)
        {
            using TcpPair pair = await ConnectAsync(bind, endpoint);
            int writes = 1 + (round % 5);
            bool others = round % 2 == 0;
            Task other = others ? Task.Run(() => TellWrites(pair, "o", 3)) : Task.CompletedTask;
            await Task.Run(() =>
            {
                TellWrites(pair, "x", writes);
                pair.Connection.Tell(Tcp.Close.Instance, pair.Handler);
            });
            await other;
            string received = await ReceiveAllAsync(pair.Peer);
            Assert.Equal(writes, received.Count(c => c == 'x'));
            await pair.Handler.FishForMessageAsync<Tcp.Closed>(_ => true, Deadline);
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_descriptor_is_not_closed_under_a_thread_that_sends()
    {
        // Threads tell a connection that ends meanwhile. A byte that went to the number of a closed descriptor would come to the peer of
        // a later connection, which is told another letter.
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        for (int round = 0; round < Rounds; round++)
        {
            using TcpPair pair = await ConnectAsync(bind, endpoint);
            string letter = ((char)('a' + (round % 26))).ToString();
            Task<string> receiving = ReceiveAllAsync(pair.Peer);
            using Barrier start = new(3);
            Task[] tellers = [.. Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    TellWrites(pair, letter, 30);
                },
                TaskCreationOptions.LongRunning))];
            start.SignalAndWait();
            if (round % 3 == 0)
            {
                pair.Peer.Shutdown(SocketShutdown.Both);
            }
            else
            {
                pair.Connection.Tell(round % 2 == 0 ? Tcp.Abort.Instance : Tcp.Close.Instance, pair.Handler);
            }

            await pair.Handler.FishForMessageAsync(static message => message is Tcp.ConnectionClosed, Limit);
            Assert.All(await receiving, c => Assert.Equal(letter[0], c));
            await Task.WhenAll(tellers).WaitAsync(Limit);
        }

        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_write_that_finds_the_connection_reset_fails_and_ends_it()
    {
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        Tcp.Write write = Tcp.Write.Create(ByteString.FromString("late"), new Ack(1));
        using (await HoldLoopAsync())
        {
            pair.Peer.LingerState = new LingerOption(true, 0);
            pair.Peer.Close();

            // The reset may be on its way: until it is there a write is taken.
            await AwaitConditionAsync(() => Task.FromResult(SocketNow(pair) < 0), Limit);
            pair.Connection.Tell(write, pair.Handler);
        }

        object first = await pair.Handler.FishForMessageAsync(message => message is Tcp.CommandFailed or Tcp.ErrorClosed, Limit);
        object second = await pair.Handler.FishForMessageAsync(message => message is Tcp.CommandFailed or Tcp.ErrorClosed, Limit);
        Assert.Contains(new[] { first, second }, message => message is Tcp.ErrorClosed);
        Assert.Contains(new[] { first, second }, message => message is Tcp.CommandFailed failed && failed.Cmd.Equals(write));
        await AssertNothingIsLeftAsync();
    }

    [Fact]
    public async Task Direct_output_of_another_thread_arrives_in_order()
    {
        const int bytes = 2_000_000;
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [new Inet.SO.SendBufferSize(4096)]);
        using TcpPair pair = await ConnectAsync(bind, endpoint);
        await SettleAsync(pair);
        TcpOutput output = FlexTcp.OutputOf(pair.Connection);
        Task telling = Task.Run(() =>
        {
            for (int written = 0; written < bytes;)
            {
                Span<byte> room = output.GetSpan(1000)[..1000];
                for (int i = 0; i < room.Length; i++)
                {
                    room[i] = (byte)((written + i) % 251);
                }

                output.Advance(room.Length);
                written += room.Length;
                output.Flush();
            }
        });
        byte[] received = await ReceiveExactlyAsync(pair.Peer, bytes);
        await telling;
        Assert.True(received.Select((b, i) => b == i % 251).All(static right => right));
        await AwaitConditionAsync(() => Task.FromResult(output.UnsentBytes == 0), Limit);
    }

    private static long SocketNow(TcpPair pair) =>
        FlexSc.Interop.Calls.SocketNow.Send(((TcpConnection)pair.Connection).Socket, "."u8);

    private static void TellWrites(TcpPair pair, string text, int count)
    {
        for (int i = 0; i < count; i++)
        {
            pair.Connection.Tell(Tcp.Write.Create(ByteString.FromString(text)), pair.Handler);
        }
    }

    private static void TellRecords(IActorRef connection, int teller, TestProbe probe)
    {
        for (int i = 0; i < WritesPerTeller; i++)
        {
            byte[] record = new byte[RecordBytes];
            BinaryPrimitives.WriteInt32LittleEndian(record, teller);
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(sizeof(int)), i);
            ByteString data = ByteString.FromBytes(record);
            connection.Tell(Tcp.Write.Create(i % 3 == 0 ? data.Slice(0, 3) + data.Slice(3) : data, new Ack(i)), probe);
        }
    }

    /// <returns>How many records of each teller came, in the order they were told.</returns>
    private static async Task<int[]> ReadRecordsAsync(Socket peer, Func<Task>? pause)
    {
        int[] next = new int[Tellers];
        for (int record = 0; record < Tellers * WritesPerTeller; record++)
        {
            if (pause is not null && record % 500 == 0)
            {
                await pause();
            }

            byte[] bytes = await ReceiveExactlyAsync(peer, RecordBytes);
            int teller = BinaryPrimitives.ReadInt32LittleEndian(bytes);
            Assert.Equal(next[teller]++, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(int))));
        }

        return next;
    }

    private static async Task<string> ReceiveAllAsync(Socket peer)
    {
        using CancellationTokenSource deadline = new(Limit);
        byte[] buffer = new byte[4096];
        System.Text.StringBuilder all = new();
        try
        {
            while (await peer.ReceiveAsync(buffer, deadline.Token) is > 0 and int count)
            {
                all.Append(System.Text.Encoding.ASCII.GetString(buffer, 0, count));
            }
        }
        catch (SocketException)
        {
            // The connection was reset.
        }

        return all.ToString();
    }

    private static Task<ActorIdentity> SettleAsync(TcpPair pair) => pair.Connection.Ask<ActorIdentity>(new Identify(0), Deadline);

    private async Task<long> SubmissionsAsync()
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        return await loop.RunAsync(() => Task.FromResult(loop.Loop.Submissions));
    }

    private sealed class Ack(int number) : Tcp.Event
    {
        public int Number => number;
    }
}

public sealed class DirectWritesOnIoUringSpec() : DirectWritesSpec("");

public sealed class DirectWritesOnInlineCallsSpec() : DirectWritesSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 0 }");

public sealed class DirectWritesOnSyscallThreadsSpec() : DirectWritesSpec("flexsc.loops { backend = syscall-threads, syscall-threads = 2 }");
