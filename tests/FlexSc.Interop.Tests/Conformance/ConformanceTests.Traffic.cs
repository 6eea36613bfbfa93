using System.Net.Sockets;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <content>Much traffic of many kinds at once, checked byte by byte.</content>
public abstract partial class ConformanceTests
{
    [SkippableTheory]
    [InlineData(20261124)]
    [InlineData(7)]
    public async Task Random_traffic_arrives_byte_by_byte(int seed)
    {
        const int Connections = 24;
        const int BytesEach = 400_000;
        LoopUnderTest loop = Start(new SyscallLoopOptions { BufferCount = 16, BufferBytes = 1024, CompletionSlots = 64, SubmissionSlots = 32 });
        Random random = new(seed);
        List<(long Here, long There)> pairs = [];
        List<StreamReceiver> receivers = [];
        for (int i = 0; i < Connections; i++)
        {
            (long here, long there) = await ConnectThroughPageAsync(loop);
            pairs.Add((here, there));
            StreamSender sender = new(there, BytesEach, random.Next());
            StreamReceiver receiver = new(here, sender.Seed, random.Next(), (ReceiveKind)(i % 3));
            receivers.Add(receiver);
            Assert.True(await loop.Loop.RunAsync(owner => receiver.Begin(owner) && sender.Begin(owner)));
        }

        for (int i = 0; i < Connections; i++)
        {
            (long received, string? fault) = await receivers[i].Ended.WaitAsync(LoopFixture.Deadline);
            Assert.True(fault is null, $"seed {seed}, connection {i} ({(ReceiveKind)(i % 3)}): {fault}");
            Assert.Equal(BytesEach, received);
            await CloseAsync(loop, pairs[i].Here);
            await CloseAsync(loop, pairs[i].There);
        }
    }

    [SkippableFact]
    public async Task A_warm_loop_moves_bytes_without_allocating()
    {
        RequireRealKernel("the model allocates");
        Skip.If(Variant.Changes, "a change allocates");
        const int WarmUp = 2_000;
        const int RoundTrips = 5_000;
        LoopUnderTest loop = Start();
        (long here, long there) = await ConnectThroughPageAsync(loop);
        PinnedBytes memory = new(64);
        EchoRounds rounds = new(here, there, memory.Address, WarmUp, RoundTrips);
        await loop.Loop.RunAsync(owner =>
        {
            rounds.Begin(owner);
            return 0;
        });

        // The bound leaves room for the runtime's own bookkeeping; one object a call would be 240,000 bytes or more.
        Assert.InRange(await rounds.AllocatedBytes.WaitAsync(LoopFixture.Deadline), 0, 1_024);
        await CloseAsync(loop, here);
        await CloseAsync(loop, there);
    }

    /// <summary>A connection both ends of which are served by the loop.</summary>
    private async Task<(long Here, long There)> ConnectThroughPageAsync(LoopUnderTest loop)
    {
        using Peer listener = _host.Listen();
        RecordingOperation accept = await loop.SubmitAsync(SyscallNumber.Accept4, argument0: listener.Handle, argument3: CloseOnExec);
        long there = await NewSocketAsync(loop);
        PinnedBytes address = AddressOf(listener);
        Assert.Equal(0, await loop.CallAsync(SyscallNumber.Connect, there, address.Address, address.Length));
        long here = await accept.Result;
        Assert.True(here >= 0, $"accept4 answered {here}");
        return (here, there);
    }

    private enum ReceiveKind
    {
        Multishot,
        Single,
        SingleWithCancellations,
    }

    /// <summary>The bytes of a stream: the same for sender and receiver of a seed, position by position.</summary>
    private static byte ByteAt(int seed, long position)
    {
        ulong mixed = ((ulong)(uint)seed << 32) ^ (ulong)position;
        mixed *= 0x9E3779B97F4A7C15;
        return (byte)(mixed >> 56);
    }

    /// <summary>Sends a stream in random pieces, half of them to be sent in full, then ends it.</summary>
    private sealed class StreamSender(long descriptor, long bytes, int seed) : SyscallOperation
    {
        private const int MostBytes = 50_000;
        private readonly Random _random = new(seed);
        private readonly PinnedBytes _memory = new(MostBytes);
        private long _sent;
        private bool _wholePiece;
        private int _pieceBytes;

        public int Seed => seed;

        public bool Begin(SyscallLoop loop)
        {
            _pieceBytes = (int)Math.Min(1 + _random.Next(MostBytes), bytes - _sent);
            _wholePiece = _random.Next(2) == 0;
            for (int i = 0; i < _pieceBytes; i++)
            {
                _memory.Span[i] = ByteAt(seed, _sent + i);
            }

            return loop.TrySubmit(this, SyscallNumber.SendTo, EntryFlags.None,
                descriptor, _memory.Address, _pieceBytes, _wholePiece ? MessageWaitAll : 0);
        }

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (completion.Result <= 0 || (_wholePiece && completion.Result != _pieceBytes))
            {
                throw new InvalidOperationException($"a send of {_pieceBytes} bytes answered {completion.Result}");
            }

            _sent += completion.Result;
            if (_sent < bytes)
            {
                Assert.True(Begin(loop));
            }
            else
            {
                Assert.True(loop.TrySubmit(new RecordingOperation(), SyscallNumber.Shutdown, argument0: descriptor, argument1: 1));
            }
        }
    }

    /// <summary>Receives a stream one way or another and compares every byte.</summary>
    private sealed class StreamReceiver(long descriptor, int streamSeed, int choiceSeed, ReceiveKind kind) : SyscallOperation, IBufferWaiter
    {
        private const int MostBytes = 20_000;
        private readonly Random _random = new(choiceSeed);
        private readonly PinnedBytes _memory = new(MostBytes);
        private readonly TaskCompletionSource<(long, string?)> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private SyscallLoop? _loop;
        private long _received;

        public Task<(long Received, string? Fault)> Ended => _ended.Task;

        public void OnBuffersAvailable() => Assert.True(Begin(_loop!));

        public bool Begin(SyscallLoop loop)
        {
            _loop = loop;
            bool taken = kind == ReceiveKind.Multishot
                ? loop.TrySubmit(this, SyscallNumber.RecvFrom, MultishotReceive, descriptor)
                : loop.TrySubmit(this, SyscallNumber.RecvFrom, EntryFlags.None, descriptor, _memory.Address, 1 + _random.Next(MostBytes));
            if (taken && kind == ReceiveKind.SingleWithCancellations && _random.Next(4) == 0)
            {
                taken = loop.TryCancel(this, new RecordingOperation());
            }

            return taken;
        }

        protected internal override unsafe void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            if (completion.Result > 0)
            {
                Check(completion.HasBuffer
                    ? new ReadOnlySpan<byte>(loop.Buffers.AddressOf(completion.BufferId), (int)completion.Result)
                    : _memory.Span[..(int)completion.Result]);
            }

            if (completion.HasBuffer)
            {
                loop.Buffers.Return(completion.BufferId);
            }

            if (!completion.IsTerminal)
            {
                return;
            }

            switch (completion.Result)
            {
                case 0:
                    _ended.TrySetResult((_received, null));
                    break;
                case -ErrnoNoBuffers:
                    loop.Buffers.Await(this);
                    break;
                case > 0 or -ErrnoCanceled:
                    Assert.True(Begin(loop));
                    break;
                default:
                    _ended.TrySetResult((_received, $"a receive answered {completion.Result}"));
                    break;
            }
        }

        private void Check(ReadOnlySpan<byte> bytes)
        {
            foreach (byte value in bytes)
            {
                if (value != ByteAt(streamSeed, _received))
                {
                    _ended.TrySetResult((_received, $"byte {_received} is wrong"));
                    return;
                }

                _received++;
            }
        }
    }

    /// <summary>Sends a byte back and forth and counts what the loop's thread allocates meanwhile.</summary>
    private sealed class EchoRounds(long here, long there, long address, int warmUp, int roundTrips) : SyscallOperation
    {
        private readonly TaskCompletionSource<long> _allocated = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Sender _sender = new();
        private long _before;
        private int _round;

        public Task<long> AllocatedBytes => _allocated.Task;

        public void Begin(SyscallLoop loop)
        {
            // Receives wait before there is data in one half of the rounds, and find it in the other.
            bool receiveFirst = _round % 4 < 2;
            (long from, long to) = _round % 2 == 0 ? (there, here) : (here, there);
            Assert.True(!receiveFirst || Receive());
            Assert.True(loop.TrySubmit(_sender, SyscallNumber.SendTo, EntryFlags.None, from, address, 1));
            Assert.True(receiveFirst || Receive());

            bool Receive() => loop.TrySubmit(this, SyscallNumber.RecvFrom, EntryFlags.None, to, address, 64);
        }

        protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
        {
            _round++;
            if (_round == warmUp)
            {
                _before = GC.GetAllocatedBytesForCurrentThread();
            }

            if (completion.Result != 1)
            {
                _allocated.TrySetException(new InvalidOperationException($"a receive answered {completion.Result}"));
            }
            else if (_round == warmUp + roundTrips)
            {
                _allocated.TrySetResult(GC.GetAllocatedBytesForCurrentThread() - _before);
            }
            else if (_sender.IsPending)
            {
                _sender.Then = this;
            }
            else
            {
                Begin(loop);
            }
        }

        private sealed class Sender : SyscallOperation
        {
            /// <summary>Who has the next round when the send has completed.</summary>
            public EchoRounds? Then { get; set; }

            protected internal override void OnCompleted(SyscallLoop loop, in Completion completion)
            {
                EchoRounds? next = Then;
                Then = null;
                next?.Begin(loop);
            }
        }
    }
}
