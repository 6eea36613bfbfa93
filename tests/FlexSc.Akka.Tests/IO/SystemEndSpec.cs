using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Configuration;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Connections in every state when the actor system ends: each is closed, and each peer learns it.</summary>
public sealed class SystemEndSpec : IDisposable
{
    private const int Rounds = 20;
    private const int Connections = 40;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly LeftBehind _leftBehind = new();

    public void Dispose() => _leftBehind.AssertNothing([]);

    [Theory]
    [InlineData("io-uring", 1)]
    [InlineData("io-uring", 2)]
    [InlineData("syscall-threads", 1)]
    [InlineData("syscall-threads", 2)]
    public async Task No_socket_of_a_connection_survives(string backend, int loops)
    {
        for (int round = 0; round < Rounds; round++)
        {
            List<Socket> peers = [];
            ActorSystem system = ActorSystem.Create("ending", ConfigurationFactory.ParseString(
                $"akka.loglevel = OFF\nakka.log-dead-letters = off\nflexsc.loops {{ backend = {backend}, count = {loops}, pin = off }}"));
            _ = FlexTcp.For(system);
            TaskCompletionSource<IPEndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
            system.ActorOf(Props.Create(() => new Server(bound, connected)));
            IPEndPoint endpoint = await bound.Task.WaitAsync(Deadline);
            for (int i = 0; i < Connections; i++)
            {
                Socket peer = new(SocketType.Stream, ProtocolType.Tcp);
                await peer.ConnectAsync(endpoint);
                peers.Add(peer);
            }

            await connected.Task.WaitAsync(Deadline);
            Task ended = FlexLoops.WhenEnded(system);
            await system.Terminate().WaitAsync(Deadline);
            await ended.WaitAsync(Deadline);
            for (int i = 0; i < Connections; i++)
            {
                Assert.True(await HasEndedAsync(peers[i]), $"round {round}: connection {i} is still open");
                peers[i].Dispose();
            }
        }
    }

    private static async Task<bool> HasEndedAsync(Socket peer)
    {
        using CancellationTokenSource deadline = new(Deadline);
        byte[] taken = new byte[1 << 16];
        try
        {
            while (await peer.ReceiveAsync(taken, deadline.Token) > 0)
            {
            }

            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Leaves its connections in four states: idle, suspended, with more written than the peer takes, unregistered.</summary>
    private sealed class Server(TaskCompletionSource<IPEndPoint> bound, TaskCompletionSource connected) : UntypedActor
    {
        private int _count;

        protected override void PreStart() => Context.System.FlexTcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Bound listening:
                    bound.SetResult((IPEndPoint)listening.LocalAddress);
                    break;
                case Tcp.Connected:
                    Use(Sender);
                    break;
            }
        }

        private void Use(IActorRef connection)
        {
            int state = _count++ % 4;
            if (state != 3)
            {
                connection.Tell(new Tcp.Register(Self));
            }

            if (state == 1)
            {
                connection.Tell(Tcp.SuspendReading.Instance);
            }
            else if (state == 2)
            {
                connection.Tell(Tcp.Write.Create(ByteString.FromBytes(new byte[8_000_000])));
            }

            if (_count == Connections)
            {
                connected.SetResult();
            }
        }
    }
}
