using System.Net.Sockets;
using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;
using FlexSc.Akka.Loops;
using Xunit;

namespace FlexSc.Akka.Tests.IO;

/// <summary>Handlers that a gate holds up, and peers that send them as much as they can.</summary>
public abstract class ReadAheadFixture(string config) : TcpFixture($"akka.actor.serialize-messages = off\n{config}")
{
    /// <summary>What a message counts beside its bytes, see <c>flexsc.tcp.max-unhandled-bytes</c>.</summary>
    private const int MessageBytes = 160;

    private const int BufferBytes = 4096;

    protected static readonly TimeSpan TransferLimit = TimeSpan.FromSeconds(120);

    /// <summary>
    /// What still comes for a connection whose pause has begun: what the kernel had completed by then, the loop's receive buffers at the
    /// most, and once more those of them that came back before it knew.
    /// </summary>
    protected static int InFlightBytes(int buffers) => 2 * buffers * (BufferBytes + MessageBytes);

    protected static async Task<long> SendAsync(Socket peer, int bytes)
    {
        byte[] block = new byte[64 * 251];
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)(i % 251);
        }

        int sent = 0;
        while (sent < bytes)
        {
            int offset = sent % block.Length;
            sent += await peer.SendAsync(block.AsMemory(offset, Math.Min(block.Length - offset, bytes - sent)));
        }

        return sent;
    }

    protected async Task<long> UnhandledBytesAsync()
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        return await loop.RunAsync(() => Task.FromResult(loop.Io.Tcp.Receptions.UnhandledBytes));
    }

    /// <summary>Waits until reading pauses and no receive is under way any more, so that nothing can come; and says what is unhandled.</summary>
    protected async Task<long> WaitUntilPausedAsync(params IReadOnlyList<TcpPair> pairs)
    {
        ActorLoop loop = Extension.Group.StartedLoops[0];
        TcpReceiver[] receivers = [.. pairs.Select(pair => ((FlexSc.Akka.IO.TcpConnection)pair.Connection).Receiver)];
        await AwaitAssertAsync(
            async () => Assert.True(
                await loop.RunAsync(() => Task.FromResult(receivers.All(receiver => receiver.ReadAhead.IsPaused && !receiver.Operation.IsPending))),
                "a connection still reads"),
            Deadline);
        return await UnhandledBytesAsync();
    }

    protected sealed class SlowHandler(SlowHandler.Gate gate, IActorRef probe) : UntypedActor
    {
        private long _bytes;
        private long _wrong;
        private int _others;

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tcp.Received received:
                    Take(received.Data.ToReadOnlySpan());
                    break;
                case PooledReceived received:
                    Take(received.Span);
                    received.Release();
                    break;
                case Tcp.PeerClosed:
                    probe.Tell((_bytes, _wrong, _others));
                    break;
                default:
                    _others++;
                    break;
            }
        }

        private void Take(ReadOnlySpan<byte> bytes)
        {
            gate.Pass();
            foreach (byte value in bytes)
            {
                _wrong += value == (byte)(_bytes % 251) ? 0 : 1;
                _bytes++;
            }
        }

        public sealed class Gate : IDisposable
        {
            private readonly ManualResetEventSlim _open = new();
            private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

            public Task Reached => _reached.Task;

            public void Pass()
            {
                _reached.TrySetResult();
                _open.Wait(TransferLimit);
            }

            public void Open() => _open.Set();

            public void Dispose() => _open.Set();
        }
    }
}
