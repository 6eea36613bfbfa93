using System.Buffers;
using System.Runtime.CompilerServices;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Calls;

/// <content>What the tests wait with and look at.</content>
public sealed partial class CancellationTests
{
    private static async Task<long> MeasureAsync<T>(Func<SyscallLoop, int, CancellationToken, ValueTask<T>> call)
    {
        const int warmUp = 2_000;
        using SyscallLoop loop = LoopFixture.Start();
        return await loop.AwaitAsync(async owner =>
        {
            using CancellationTokenSource source = new();
            int zeros = await owner.OpenAsync("/dev/zero", OpenFlags.ReadOnly);
            long before = 0;
            for (int i = 0; i < warmUp + MeasuredCalls; i++)
            {
                if (i == warmUp)
                {
                    before = GC.GetAllocatedBytesForCurrentThread();
                }

                await call(owner, zeros, source.Token);
            }

            long after = GC.GetAllocatedBytesForCurrentThread();
            await owner.CloseAsync(zeros);
            return after - before;
        });
    }

    private static unsafe long AddressOf(byte[] pinned)
    {
        fixed (byte* pointer = pinned)
        {
            return (long)pointer;
        }
    }

    private static Task NoEntryIsUsedAsync(SyscallLoop owner) => UntilAsync(owner, () => owner.UsedEntries == 0);

    /// <summary>Turns the loop, without calls of its own, until a condition holds.</summary>
    private static async Task UntilAsync(SyscallLoop owner, Func<bool> condition)
    {
        long deadline = Environment.TickCount64 + (long)LoopFixture.Deadline.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < deadline, "the condition did not come");
            await new LaterTurn(owner);
        }
    }

    /// <summary>Goes on in a later turn, on the loop's thread. A task would go on here when it is complete already.</summary>
    private readonly struct LaterTurn(SyscallLoop owner) : INotifyCompletion
    {
        public bool IsCompleted => false;

        public LaterTurn GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => Assert.True(owner.TryPost(_ => continuation()));
    }

    /// <summary>Memory that counts its pins.</summary>
    private sealed unsafe class PinCounter(int byteCount) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = GC.AllocateArray<byte>(byteCount, pinned: true);
        private SyscallLoop? _watched;

        public int Pins { get; private set; }

        public int EntriesAtUnpin { get; private set; } = -1;

        /// <summary>Notes the entries in use when the memory is unpinned; only one call may be in flight.</summary>
        public void Watch(SyscallLoop loop) => _watched = loop;

        public override Span<byte> GetSpan() => _bytes;

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            Pins++;
            fixed (byte* pointer = _bytes)
            {
                return new MemoryHandle(pointer + elementIndex, pinnable: this);
            }
        }

        public override void Unpin()
        {
            Pins--;
            EntriesAtUnpin = _watched?.UsedEntries ?? -1;
        }

        protected override void Dispose(bool disposing) => Assert.Equal(0, Pins);
    }
}
