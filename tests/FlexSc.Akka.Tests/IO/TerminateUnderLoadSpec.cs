using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using FlexSc.Akka.Tests.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Systems end while clients connect: no socket is left, and no client waits for a connection that nobody serves.</summary>
public sealed class TerminateUnderLoadSpec : IDisposable
{
    private const int DefaultRounds = 10;
    private const int Clients = 4;
    private readonly LeftBehind _leftBehind = new();

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>FLEXSC_TEST_TERMINATE_ROUNDS sets it for longer runs.</summary>
    private static int Rounds =>
        int.TryParse(Environment.GetEnvironmentVariable("FLEXSC_TEST_TERMINATE_ROUNDS"), out int rounds) ? rounds : DefaultRounds;

    public void Dispose() => _leftBehind.AssertNothing([]);

    [SkippableTheory]
    [InlineData("io-uring", 1)]
    [InlineData("io-uring", 2)]
    [InlineData("syscall-threads", 1)]
    [InlineData("syscall-threads", 2)]
    public async Task No_socket_survives(string backend, int loops)
    {
        int before = LoopDescriptors.CountSockets();
        List<int> left = [];
        for (int round = 0; round < Rounds; round++)
        {
            await RunRoundAsync(backend, loops, round);
            left.Add(LoopDescriptors.CountSockets() - before);
        }

        // One that something before has left to the collector may go meanwhile; what a round leaves makes them more.
        Assert.True(left.Prepend(0).Zip(left).All(static counts => counts.Second <= counts.First), $"sockets left after each of {Rounds} rounds: {string.Join(' ', left)}");
    }

    private static async Task RunRoundAsync(string backend, int loops, int round)
    {
        ActorSystem system = ActorSystem.Create("terminates", ConfigurationFactory.ParseString(
            $"akka.loglevel = ERROR\nakka.log-dead-letters = off\nflexsc.loops {{ backend = {backend}, count = {loops}, pin = off, pages = 64 }}"));
        TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = FlexTcp.For(system);
        system.ActorOf(Props.Create(() => new Server(bound)).WithDispatcher(FlexTcpExt.DispatcherId));
        IPEndPoint endpoint = await bound.Task.WaitAsync(Deadline);
        using CancellationTokenSource stop = new();
        using ManualResetEventSlim ends = new();
        TaskCompletionSource busy = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int connected = 0;
        Task[] clients = [.. Enumerable.Range(0, Clients).Select(_ => Task.Run(() => ConnectUntilStopped(
            endpoint,
            () =>
            {
                if (Interlocked.Increment(ref connected) == 50 + round)
                {
                    busy.SetResult();
                }
            },
            ends,
            stop.Token)))];

        // Outgoing connections as well: both ways of making one are under way when the system ends.
        for (int i = 0; i < 50; i++)
        {
            system.FlexTcp().Tell(new Tcp.Connect(endpoint), ActorRefs.NoSender);
        }

        await busy.Task.WaitAsync(Deadline);
        ends.Set();
        await system.Terminate().WaitAsync(Deadline);
        await FlexLoops.WhenEnded(system).WaitAsync(Deadline);
        await stop.CancelAsync();
        await Task.WhenAll(clients).WaitAsync(Deadline);
    }

    private static void ConnectUntilStopped(IPEndPoint endpoint, Action onConnected, ManualResetEventSlim ends, CancellationToken stop)
    {
        Queue<Socket> open = new();
        while (!stop.IsCancellationRequested)
        {
            Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
            try
            {
                socket.Connect(endpoint);
                socket.Send("hello"u8);
                open.Enqueue(socket);
                onConnected();
            }
            catch (SocketException)
            {
                socket.Dispose();
                if (ends.IsSet)
                {
                    // Nobody listens any more.
                    stop.WaitHandle.WaitOne();
                }
            }

            if (open.Count > 20)
            {
                open.Dequeue().Dispose();
            }
        }

        while (open.TryDequeue(out Socket? socket))
        {
            socket.Dispose();
        }
    }

    private sealed class Server(TaskCompletionSource<IPEndPoint> bound) : UntypedActor
    {
        protected override void PreStart() =>
            Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), backlog: 128), Self);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Bound answer:
                    bound.SetResult((IPEndPoint)answer.LocalAddress);
                    break;
                case Tcp.Connected:
                    Sender.Tell(new Tcp.Register(Self));
                    break;
                case Tcp.Received received:
                    Sender.Tell(Tcp.Write.Create(received.Data));
                    break;
            }
        }
    }
}
