using System.Collections.Concurrent;
using FlexSc.Interop.Abi;
using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends;

/// <summary>
/// User-space threads that execute entries a backend has no way of its own for, by the ordinary call: any system call, no
/// per-call code. They do not remove the trap. Started when first needed, up to a bound; a call that blocks keeps its thread.
/// </summary>
internal sealed class CompanionThreads : IDisposable
{
    private readonly BlockingCollection<(uint Index, SyscallEntry Entry)> _work = [];
    private readonly List<Thread> _threads = [];
    private readonly int _threadLimit;
    private readonly Action<uint, long> _completed;
    private int _outstanding;

    /// <param name="threadLimit">Most threads; calls beyond wait for one. The entries bound how many can wait.</param>
    /// <param name="completed">Takes index and result, on a companion thread.</param>
    public CompanionThreads(int threadLimit, Action<uint, long> completed)
    {
        _threadLimit = threadLimit;
        _completed = completed;
    }

    /// <summary>Hands a copied entry over. On the loop's thread.</summary>
    public void Execute(uint index, in SyscallEntry entry)
    {
        if (Interlocked.Increment(ref _outstanding) > _threads.Count && _threads.Count < _threadLimit)
        {
            Thread thread = new(Run) { Name = $"flexsc-syscall-{_threads.Count}", IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }

        _work.Add((index, entry));
    }

    /// <summary>Waits for the calls in hand. On the loop's thread.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _work.Dispose();
    }

    private void Run()
    {
        foreach ((uint index, SyscallEntry entry) in _work.GetConsumingEnumerable())
        {
            long result = RawSystemCall.Invoke(
                entry.Number, entry.Argument0, entry.Argument1, entry.Argument2, entry.Argument3, entry.Argument4, entry.Argument5);
            Interlocked.Decrement(ref _outstanding);
            _completed(index, result);
        }
    }
}
