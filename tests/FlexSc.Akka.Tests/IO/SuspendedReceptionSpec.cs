using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using Akka.TestKit;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Data and the peer's end that have come in already when the handler suspends reading: small buffers, one completion a turn.</summary>
public abstract class SuspendedReceptionSpec(string backend) : TcpFixture(
    $"flexsc.loops {{ receive-buffer-bytes = {BufferBytes}, completions-per-turn = 1 }}\nflexsc.loops.backend = {backend}")
{
    private const int BufferBytes = 64;

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task The_peers_end_comes_after_everything_that_came_before_it(bool keepOpen, bool pooled)
    {
        const int Bytes = 10 * BufferBytes;
        (TestProbe bind, IPEndPoint endpoint) = await BindAsync();
        using TcpPair pair = await ConnectAsync(bind, endpoint, register: false);
        IActorRef handler = Sys.ActorOf(
            Props.Create(() => new SuspendingHandler(pair.Connection, pair.Handler)).WithDispatcher(FlexTcpExt.DispatcherId));
        pair.Connection.Tell(pooled ? new RegisterPooled(handler, keepOpen) : new Tcp.Register(handler, keepOpen), bind);

        // The loop is held while the peer sends and ends, so that the kernel completes all of it at once.
        using ManualResetEventSlim release = new();
        using ManualResetEventSlim held = new();
        ActorLoop loop = Extension.Group.StartedLoops[0];
        Task<int> hold = loop.RunAsync(() =>
        {
            held.Set();
            release.Wait(Deadline);
            return Task.FromResult(0);
        });
        held.Wait(Deadline);
        await pair.Peer.SendAsync(new byte[Bytes]);
        pair.Peer.Shutdown(SocketShutdown.Send);
        release.Set();
        await hold;

        int received = await pair.Handler.ExpectMsgAsync<int>(Deadline);
        Assert.InRange(received, 1, BufferBytes);
        pair.Connection.Tell(Tcp.ResumeReading.Instance, handler);
        while (received < Bytes)
        {
            received += await pair.Handler.ExpectMsgAsync<int>(Deadline);
        }

        await pair.Handler.ExpectMsgAsync<Tcp.PeerClosed>(Deadline);
        pair.Connection.Tell(Tcp.Abort.Instance);
        pair.Peer.Close();
        await AssertNothingIsLeftAsync();
    }

    /// <summary>Suspends reading at the first reception, and tells the probe how many bytes each has, and the end.</summary>
    private sealed class SuspendingHandler(IActorRef connection, IActorRef probe) : UntypedActor
    {
        private bool _suspended;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case PooledReceived received:
                    OnBytes(received.Length);
                    received.Release();
                    break;
                case Tcp.Received received:
                    OnBytes(received.Data.Count);
                    break;
                case Tcp.PeerClosed:
                    probe.Tell(message);
                    break;
            }
        }

        private void OnBytes(int count)
        {
            if (!_suspended)
            {
                _suspended = true;
                connection.Tell(Tcp.SuspendReading.Instance);
            }

            probe.Tell(count);
        }
    }
}

public sealed class SuspendedReceptionOnIoUringSpec() : SuspendedReceptionSpec("io-uring");

public sealed class SuspendedReceptionOnSyscallThreadsSpec() : SuspendedReceptionSpec("syscall-threads");
