using System.Diagnostics;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Peers.BatchCost;

/// <summary>Batches of so many calls, one after the other for a while. Everything but the wait runs on the loop's thread.</summary>
internal sealed class Batch : IDisposable
{
    /// <summary>How long a figure is measured.</summary>
    public static readonly TimeSpan Duration = TimeSpan.FromMilliseconds(30);

    private readonly BatchOperation[] _operations;
    private readonly int _number;
    private int _outstanding;
    private long _start;

    public Batch(int number, int size)
    {
        _number = number;
        _operations = [.. Enumerable.Range(0, size).Select(_ => new BatchOperation(this))];
    }

    public ManualResetEventSlim Done { get; } = new();

    public double Nanoseconds { get; private set; }

    public long Completed { get; private set; }

    public void Start(SyscallLoop loop)
    {
        _start = Stopwatch.GetTimestamp();
        Submit(loop);
    }

    public void OneCompleted(SyscallLoop loop)
    {
        Completed++;
        if (--_outstanding > 0)
        {
            return;
        }

        // The look at the clock costs 20 ns, which is part of the figures of small batches.
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
        if (elapsed < Duration)
        {
            Submit(loop);
            return;
        }

        Nanoseconds = elapsed.TotalNanoseconds;
        Done.Set();
    }

    public void Dispose() => Done.Dispose();

    private void Submit(SyscallLoop loop)
    {
        _outstanding = _operations.Length;
        foreach (BatchOperation operation in _operations)
        {
            if (!loop.TrySubmit(operation, _number))
            {
                throw new InvalidOperationException("the pages are full: a batch is larger than they are");
            }
        }
    }
}

/// <summary>One call of a batch.</summary>
internal sealed class BatchOperation(Batch batch) : SyscallOperation
{
    public const int Nop = ExecutorRequest.Nop;

    /// <summary>getppid(2) on x86-64.</summary>
    public const int GetParentProcessId = 110;

    protected override void OnCompleted(SyscallLoop loop, in Completion completion) => batch.OneCompleted(loop);
}
