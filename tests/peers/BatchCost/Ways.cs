using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Peers.BatchCost;

/// <summary>One way to make many calls.</summary>
internal interface IWay : IDisposable
{
    string Name { get; }

    /// <summary>Makes calls for a while, so many at a time.</summary>
    double NanosecondsPerCall(int batchSize);
}

/// <summary>The calls themselves, one trap each, whatever the batch.</summary>
internal sealed partial class TrapWay(int? cpu) : IWay
{
    private const int CallsBetweenLooks = 1000;

    public string Name => "trap: getppid";

    public double NanosecondsPerCall(int batchSize)
    {
        double result = 0;

        // A thread of its own, so that it can be kept on the core without keeping others there.
        Thread thread = new(() => result = Measure());
        thread.Start();
        thread.Join();
        return result;
    }

    public void Dispose()
    {
        // There is nothing to release.
    }

    private double Measure()
    {
        if (cpu is { } core)
        {
            ThreadAffinity.PinCurrentThread(core);
        }

        long start = Stopwatch.GetTimestamp();
        long calls = 0;
        while (Stopwatch.GetElapsedTime(start) < Batch.Duration)
        {
            for (int call = 0; call < CallsBetweenLooks; call++)
            {
                _ = Syscall(BatchOperation.GetParentProcessId);
            }

            calls += CallsBetweenLooks;
        }

        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / calls;
    }

    // The call cannot wait and cannot fail, so that neither errno nor the collector is of concern.
    [LibraryImport("libc", EntryPoint = "syscall")]
    [SuppressGCTransition]
    private static partial long Syscall(long number);
}

/// <summary>The same through the page of a loop: a batch is submitted, and the next when all of it has completed.</summary>
internal sealed class LoopWay : IWay
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly SyscallLoop _loop;
    private readonly int _number;

    public LoopWay(string name, int number, SyscallLoopOptions options)
    {
        Name = name;
        _number = number;
        _loop = SyscallLoop.Start(options, "batch");
    }

    public string Name { get; }

    public double NanosecondsPerCall(int batchSize)
    {
        using Batch batch = new(_number, batchSize);
        _loop.TryPost(batch.Start);
        return batch.Done.Wait(Limit) ? batch.Nanoseconds / batch.Completed : throw new TimeoutException($"{Name} did not complete within {Limit.TotalSeconds:0} s");
    }

    public void Dispose() => _loop.Dispose();
}
