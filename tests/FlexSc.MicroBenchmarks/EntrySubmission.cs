using BenchmarkDotNet.Attributes;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.MicroBenchmarks;

/// <summary>
/// From the submission of an entry to its completion: a NOP, so that what is measured is the page, the rings and the trap, and no
/// call. One operation is one call.
/// </summary>
public class EntrySubmission
{
    private const int Calls = 20_000;
    private SyscallLoop _loop = null!;

    /// <summary>Who executes the entries; the loop itself with syscall-threads, which has no threads here.</summary>
    [Params(SyscallBackendKind.IoUring, SyscallBackendKind.SyscallThreads)]
    public SyscallBackendKind Backend { get; set; }

    /// <summary>Calls in flight at a time, and so in a batch: with one, every call pays for its own trap.</summary>
    [Params(1, 64)]
    public int InFlight { get; set; }

    /// <summary>Starts the loop.</summary>
    [GlobalSetup]
    public void Setup() => _loop = SyscallLoop.Start(new SyscallLoopOptions { Backend = Backend, SyscallThreads = 0 }, "entries");

    /// <summary>Each completion submits the next call.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public long Callback()
    {
        using ManualResetEventSlim finished = new();
        Run run = new(finished, InFlight, Calls);
        _loop.TryPost(run.Start);
        finished.Wait();
        return run.Completed;
    }

    /// <summary>Thread-style: each call is awaited before the next.</summary>
    [Benchmark(OperationsPerInvoke = Calls)]
    public long Await()
    {
        using CountdownEvent finished = new(InFlight);
        int each = Calls / InFlight;
        _loop.TryPost(loop =>
        {
            for (int i = 0; i < InFlight; i++)
            {
                _ = SubmitAsync(loop, i == 0 ? Calls - (each * (InFlight - 1)) : each, finished);
            }
        });
        finished.Wait();
        return Calls;
    }

    /// <summary>Ends the loop.</summary>
    [GlobalCleanup]
    public void Cleanup() => _loop.Dispose();

    private static async Task SubmitAsync(SyscallLoop loop, int calls, CountdownEvent finished)
    {
        for (int i = 0; i < calls; i++)
        {
            await loop.SubmitAsync(ExecutorRequest.Nop);
        }

        finished.Signal();
    }

    private sealed class Run(ManualResetEventSlim finished, int inFlight, int calls)
    {
        private int _toSubmit = calls;

        public int Completed { get; private set; }

        public void Start(SyscallLoop loop)
        {
            for (int i = 0; i < inFlight; i++)
            {
                SubmitNext(loop, new Nop(this));
            }
        }

        private void SubmitNext(SyscallLoop loop, Nop operation)
        {
            if (_toSubmit > 0)
            {
                _toSubmit--;
                if (!loop.TrySubmit(operation, ExecutorRequest.Nop))
                {
                    throw new InvalidOperationException("the page set is smaller than the calls in flight");
                }
            }
        }

        private sealed class Nop(Run run) : SyscallOperation
        {
            protected override void OnCompleted(SyscallLoop loop, in Completion completion)
            {
                if (++run.Completed == calls())
                {
                    run.Finish();
                }

                run.SubmitNext(loop, this);

                int calls() => run.Total;
            }
        }

        private int Total { get; } = calls;

        private void Finish() => finished.Set();
    }
}
