using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.Tls;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Connections move between loops at random while their peers check every byte that comes back.</summary>
public abstract class MovingUnderLoadSpec(string backend) : TlsFixture($$"""
    flexsc.loops { backend = {{backend}}, count = 3 }
    flexsc.tcp.move-limit-ms = 20
    loops.type = "FlexSc.Akka.Dispatch.FlexDispatcherConfigurator, FlexSc.Akka"
    """)
{
    private const int Peers = 12;
    private const int BytesOfPeer = 600_000;
    private const int MostPieceBytes = 20_000;
    private const int MovesOfRun = 2 * Peers;

    /// <summary>It takes a second or two; what takes longer hangs, and is told with what it hangs at.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private long Arrived => Extension.Figures.Sum(static loop => loop.ArrivedConnections);

    [Theory]
    [InlineData(false, true, null)]
    [InlineData(true, true, null)]
    [InlineData(false, false, null)]
    [InlineData(true, false, null)]
    [InlineData(false, true, SslProtocols.Tls12)]
    [InlineData(true, true, SslProtocols.Tls13)]
    [InlineData(false, false, SslProtocols.Tls13)]
    [InlineData(true, false, SslProtocols.Tls12)]
    public async Task Every_byte_comes_back_in_its_place(bool pooled, bool onLoops, SslProtocols? protocol)
    {
        Inet.SocketOption[] secured = protocol is null ? [] : [Server()];
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync(options: [new Inet.SO.SendBufferSize(8192), .. secured]);
        List<(Stream Peer, IActorRef Connection)> pairs = [];
        for (int i = 0; i < Peers; i++)
        {
            (Stream peer, IActorRef connection) = await ConnectStreamAsync(bind, endpoint, protocol is { } version ? ClientOptions(version) : null);
            Props props = Props.Create(() => new Echo(connection));
            IActorRef echo = Sys.ActorOf(onLoops ? props.WithDispatcher("loops").WithMailbox(FlexTcpExt.MailboxId) : props);
            connection.Tell(pooled ? new RegisterPooled(echo) : new Tcp.Register(echo), bind);
            pairs.Add((peer, connection));
        }

        using CancellationTokenSource over = new(Limit);
        int[] received = new int[Peers];
        Random random = new(1);
        Dictionary<string, int> refusals = [];

        // A quick machine has all bytes back before much has moved: then they are sent once more.
        while (Arrived < MovesOfRun)
        {
            Array.Clear(received);
            Task talking = Task.WhenAll(pairs.Select((pair, index) => RunPeerAsync(pair.Peer, index, received, over.Token)));
            while (!talking.IsCompleted && !over.IsCancellationRequested)
            {
                // As many at a time as there are connections, so that several come and go at once.
                Task<string?>[] moves = [.. pairs.Select(pair => MoveAsync(pair.Connection, Extension.Group.StartedLoops[random.Next(3)]))];
                foreach (string answer in (await AnswersAsync(moves, pairs, received)).OfType<string>())
                {
                    refusals[answer] = refusals.GetValueOrDefault(answer) + 1;
                }
            }

            try
            {
                await talking;
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"after {Limit} and {Arrived} moves not yet every byte: {Describe(pairs, received)}; refused {string.Join("; ", refusals)}");
            }
        }

        // Whoever could not rest in time stays; nothing else is in the way here.
        Assert.All(refusals, refusal => Assert.Contains("flexsc.tcp.move-limit-ms", refusal.Key, StringComparison.Ordinal));
        await Task.WhenAll(pairs.Select(static pair => EndAsync(pair.Peer)));
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Ends as its kind does, and hears the other side's end, with nothing before it.</summary>
    private static async Task EndAsync(Stream peer)
    {
        await using (peer)
        {
            if (peer is SslStream secured)
            {
                await secured.ShutdownAsync();
            }
            else
            {
                ((NetworkStream)peer).Socket.Shutdown(SocketShutdown.Send);
            }

            Assert.Equal(0, await ReadToEndAsync(peer));
        }
    }

    private static async Task<string?[]> AnswersAsync(Task<string?>[] moves, List<(Stream Peer, IActorRef Connection)> pairs, int[] received)
    {
        try
        {
            return await Task.WhenAll(moves).WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            int[] unanswered = [.. Enumerable.Range(0, moves.Length).Where(index => !moves[index].IsCompleted)];
            throw new TimeoutException($"after {Limit} the moves of {string.Join(", ", unanswered)} are not answered: {Describe(pairs, received)}");
        }
    }

    private static string Describe(List<(Stream Peer, IActorRef Connection)> pairs, int[] received) => string.Join("; ", pairs.Select((pair, index) =>
        $"{index} has {received[index]} bytes back, {((TcpConnection)pair.Connection).Describe()}"));

    private static Task<string?> MoveAsync(IActorRef connection, ActorLoop target)
    {
        TaskCompletionSource<string?> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Tell(new MoveTo(target, answer.SetResult));
        return answer.Task;
    }

    private static async Task RunPeerAsync(Stream peer, int seed, int[] received, CancellationToken over)
    {
        byte[] sent = new byte[BytesOfPeer];
        new Random(seed).NextBytes(sent);
        Task sending = SendAsync(peer, sent, new Random(seed + Peers), over);
        byte[] piece = new byte[MostPieceBytes];
        while (received[seed] < sent.Length)
        {
            int count = await peer.ReadAsync(piece, over);
            Assert.NotEqual(0, count);
            Assert.True(
                sent.AsSpan(received[seed], count).SequenceEqual(piece.AsSpan(0, count)), $"peer {seed}: other bytes than were sent, behind {received[seed]}");
            received[seed] += count;
        }

        await sending;
    }

    private static async Task SendAsync(Stream peer, ReadOnlyMemory<byte> bytes, Random random, CancellationToken over)
    {
        while (bytes.Length > 0)
        {
            ReadOnlyMemory<byte> piece = bytes[..Math.Min(bytes.Length, 1 + random.Next(MostPieceBytes))];
            await peer.WriteAsync(piece, over);
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>Writes back what comes, by messages and by direct output in turn; never in two places at once.</summary>
    private sealed class Echo : ReceiveActor
    {
        private readonly IActorRef _connection;
        private readonly TcpOutput _output;
        private int _inside;
        private int _pieces;

        public Echo(IActorRef connection)
        {
            _connection = connection;
            _output = FlexTcp.OutputOf(connection);
            Receive<Tcp.Received>(message => Answer(message.Data.ToArray()));
            Receive<PooledReceived>(message =>
            {
                Answer(message.Span);
                message.Release();
            });
            Receive<TlsNegotiated>(static _ => { });
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }

        private void Answer(ReadOnlySpan<byte> bytes)
        {
            if (Interlocked.Exchange(ref _inside, 1) != 0)
            {
                throw new InvalidOperationException("the handler runs in two places at once");
            }

            if (_pieces++ % 2 == 0)
            {
                _connection.Tell(Tcp.Write.Create(ByteString.CopyFrom(bytes.ToArray())));
            }
            else
            {
                bytes.CopyTo(_output.GetSpan(bytes.Length));
                _output.Advance(bytes.Length);
                _output.Flush();
            }

            Volatile.Write(ref _inside, 0);
        }
    }
}

public sealed class MovingUnderLoadOnIoUringSpec() : MovingUnderLoadSpec("auto");

public sealed class MovingUnderLoadOnSyscallThreadsSpec() : MovingUnderLoadSpec("syscall-threads");
