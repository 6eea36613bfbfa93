using BenchmarkDotNet.Attributes;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.MicroBenchmarks;

/// <summary>
/// Waking a loop from another thread and hearing back: two wake-ups of threads and what lies between. Beside it the same between two
/// threads and the runtime's own semaphores.
/// </summary>
public class RingWakeUp
{
    private const int RoundTrips = 2_000;
    private readonly SemaphoreSlim _back = new(0);
    private readonly SemaphoreSlim _there = new(0);
    private SyscallLoop? _loop;
    private Action<SyscallLoop> _answer = null!;
    private Thread? _thread;
    private volatile bool _ending;

    /// <summary>Who executes the loop's entries, and so how it is woken; Auto stands for a thread on a semaphore.</summary>
    [Params(SyscallBackendKind.IoUring, SyscallBackendKind.SyscallThreads, SyscallBackendKind.Auto)]
    public SyscallBackendKind Backend { get; set; }

    /// <summary>Starts the loop, or the thread it is compared with.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _answer = _ => _back.Release();
        if (Backend != SyscallBackendKind.Auto)
        {
            _loop = SyscallLoop.Start(new SyscallLoopOptions { Backend = Backend, SyscallThreads = 0 }, "wake-up");
            return;
        }

        _thread = new Thread(AnswerUntilEnd) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ask, wait for the answer. The loop has parked by then, or is about to: nothing else is to do.</summary>
    [Benchmark(OperationsPerInvoke = RoundTrips)]
    public void AskAndHear()
    {
        for (int i = 0; i < RoundTrips; i++)
        {
            if (_loop is null)
            {
                _there.Release();
            }
            else if (!_loop.TryPost(_answer))
            {
                throw new InvalidOperationException("the loop does not take work");
            }

            _back.Wait();
        }
    }

    /// <summary>Ends them.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _ending = true;
        _there.Release();
        _thread?.Join();
        _loop?.Dispose();
    }

    private void AnswerUntilEnd()
    {
        while (true)
        {
            _there.Wait();
            if (_ending)
            {
                return;
            }

            _back.Release();
        }
    }
}
