using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Loop;
using Xunit;

namespace FlexSc.Interop.Tests.Conformance;

/// <summary>io_uring, entered by the loop; what only this backend promises.</summary>
public sealed class IoUringConformanceTests() : ConformanceTests(new LoopVariant(SyscallBackendKind.IoUring))
{
    private const int NumberCapGet = 125;
    private const int NumberCapSet = 126;
    private const int CapabilityLockMemory = 14;
    private const uint CapabilityVersion3 = 0x20080522;
    private const int NumberPrlimit64 = 302;
    private const int ResourceLockedMemory = 8;
    private const int ErrnoNoMemory = 12;

    [SkippableFact]
    public async Task A_batch_leaves_in_one_trap()
    {
        LoopUnderTest loop = Start();
        RecordingOperation[] operations = Enumerable.Range(0, 64).Select(_ => new RecordingOperation()).ToArray();
        long before = await loop.Loop.RunAsync(owner =>
        {
            Assert.All(operations, operation => Assert.True(owner.TrySubmit(operation, FlexScAbi.NumberNop)));
            return owner.Traps;
        });
        foreach (RecordingOperation operation in operations)
        {
            Assert.Equal(0, await operation.Result);
        }

        // One trap for the batch; at most one for the wait that followed, and two for a wake-up.
        long after = await loop.Loop.RunAsync(owner => owner.Traps);
        Assert.InRange(after - before, 1, 4);
    }

    [SkippableFact]
    public void Too_little_memory_to_lock_is_named_with_the_remedy()
    {
        Exception? failure = null;
        SyscallLoop? started = null;

        // The thread gives up its privilege for good, so it is one of its own; the loop's thread inherits from it.
        Thread unprivileged = new(() =>
        {
            try
            {
                DropLockMemoryCapability();
                started = Variant.Start(new SyscallLoopOptions());
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        ulong before = ExchangeLockedMemoryLimit(0);
        try
        {
            unprivileged.Start();
            unprivileged.Join();
        }
        finally
        {
            ExchangeLockedMemoryLimit(before);
            started?.Dispose();
        }

        if (failure is SkipException)
        {
            throw failure;
        }

        Skip.If(failure is null, "this kernel does not count rings against RLIMIT_MEMLOCK");
        LinuxException error = Assert.IsType<LinuxException>(failure);
        Assert.Equal(ErrnoNoMemory, error.ErrorNumber);
        Assert.Contains("RLIMIT_MEMLOCK", error.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -l", error.Remedy, StringComparison.Ordinal);
    }

    private static unsafe void DropLockMemoryCapability()
    {
        uint* header = stackalloc uint[2];
        header[0] = CapabilityVersion3;
        header[1] = 0;

        // Effective, permitted and inheritable, of the low 32 capabilities and then of the high ones.
        uint* sets = stackalloc uint[6];
        Assert.Equal(0, RawSystemCall.Invoke(NumberCapGet, (long)header, (long)sets));
        sets[0] &= ~(1u << CapabilityLockMemory);
        Assert.Equal(0, RawSystemCall.Invoke(NumberCapSet, (long)header, (long)sets));
    }

    /// <summary>Sets the soft limit and answers the one before.</summary>
    private static unsafe ulong ExchangeLockedMemoryLimit(ulong softLimit)
    {
        ulong* limits = stackalloc ulong[2];
        Assert.Equal(0, RawSystemCall.Invoke(NumberPrlimit64, 0, ResourceLockedMemory, 0, (long)limits));
        ulong before = limits[0];
        limits[0] = softLimit;
        Assert.Equal(0, RawSystemCall.Invoke(NumberPrlimit64, 0, ResourceLockedMemory, (long)limits, 0));
        return before;
    }
}
