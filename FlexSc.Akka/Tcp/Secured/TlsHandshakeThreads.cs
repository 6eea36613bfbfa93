using System.Collections.Concurrent;
using FlexSc.Interop.Loop;

namespace FlexSc.Akka.IO;

/// <summary>
/// Runs steps of handshakes, whose public-key operations would hold a loop up, on threads of the pool, no more than a number of them at
/// a time. A connection has one step here at the most, so connections bound what waits. From any thread.
/// </summary>
internal sealed class TlsHandshakeThreads(int threads) : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<TlsHandshake> _steps = new();
    private int _running;

    /// <summary>Has <see cref="TlsHandshake.RunStep"/> called.</summary>
    public void Run(TlsHandshake handshake)
    {
        _steps.Enqueue(handshake);
        StartThread();
    }

    public void Execute()
    {
        while (_steps.TryDequeue(out TlsHandshake? handshake))
        {
            handshake.RunStep();
        }

        // Whoever enqueued since found this thread still counted.
        Interlocked.Decrement(ref _running);
        if (!_steps.IsEmpty)
        {
            StartThread();
        }
    }

    private void StartThread()
    {
        int running = Volatile.Read(ref _running);
        while (running < threads)
        {
            int seen = Interlocked.CompareExchange(ref _running, running + 1, running);
            if (seen == running)
            {
                LoopEnvironment.Ambient.RunElsewhere(this);
                return;
            }

            running = seen;
        }
    }
}
