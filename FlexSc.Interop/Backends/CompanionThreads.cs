using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>
/// User-space threads that execute entries by the ordinary call: any system call, no per-call code. They do not remove the
/// trap. A call that blocks keeps its thread; those that find none wait, and the entries of the page set bound how many can.
/// </summary>
internal sealed class CompanionThreads : IDisposable
{
    private const int InitialQueueLength = 64;

    private readonly object _gate = new();
    private readonly List<Thread> _threads = [];
    private readonly int _threadLimit;
    private readonly string _namePrefix;
    private readonly IReadOnlyList<int> _cpus;
    private readonly Action<uint, long> _completed;

    /// <summary>For each entry, which use of it waits for a thread; 0 when none does. A queued item with another number is over.</summary>
    private readonly uint[] _queuedUse;

    /// <summary>For each entry, whether its call ends a descriptor: taken back it would leave one open that nobody closes any more.</summary>
    private readonly bool[] _endsDescriptor;
    private WorkItem[] _queue = new WorkItem[InitialQueueLength];
    private int _queueHead;
    private int _queueCount;
    private uint _lastUse;
    private int _idleThreads;
    private bool _ending;

    /// <param name="threadLimit">Most threads, started when first needed, unless they are started at once.</param>
    /// <param name="entryCount">Entries of the page set.</param>
    /// <param name="completed">Takes index and result, on a companion thread.</param>
    /// <param name="namePrefix">Start of the threads' names.</param>
    /// <param name="startAtOnce">Starts all threads, so that no call is the one that cannot start them.</param>
    /// <param name="cpus">Cores the threads are pinned to in turn; null or empty gives them those of the process.</param>
    /// <exception cref="LinuxException">The process may not run on one of the cores.</exception>
    public CompanionThreads(
        int threadLimit, int entryCount, Action<uint, long> completed,
        string namePrefix = "flexsc-companion", bool startAtOnce = false, IReadOnlyList<int>? cpus = null)
    {
        _threadLimit = threadLimit;
        _completed = completed;
        _namePrefix = namePrefix;
        _cpus = cpus ?? [];
        _queuedUse = new uint[entryCount];
        _endsDescriptor = new bool[entryCount];
        foreach (int cpu in _cpus)
        {
            ThreadAffinity.RequireUsable(cpu);
        }

        while (startAtOnce && _threads.Count < threadLimit)
        {
            StartThread();
        }
    }

    /// <summary>Hands a copied entry over. On the loop's thread.</summary>
    public void Execute(uint index, in SyscallEntry entry)
    {
        lock (_gate)
        {
            _lastUse = _lastUse == uint.MaxValue ? 1 : _lastUse + 1;
            _queuedUse[index] = _lastUse;
            _endsDescriptor[index] = !DescriptorRange.EndedBy(entry).IsEmpty;
            Enqueue(new WorkItem(index, _lastUse, entry));
            if (_idleThreads > 0)
            {
                Monitor.Pulse(_gate);
            }

            if (_queueCount > _idleThreads && _threads.Count < _threadLimit)
            {
                StartThread();
            }
        }
    }

    /// <summary>
    /// Takes a call back that no thread has begun, unless it ends a descriptor; it does not complete then. On the loop's thread.
    /// </summary>
    public bool TryCancel(uint index)
    {
        lock (_gate)
        {
            if (_endsDescriptor[index])
            {
                return false;
            }

            bool queued = _queuedUse[index] != 0;
            _queuedUse[index] = 0;
            return queued;
        }
    }

    /// <summary>Waits for the calls in hand. On the loop's thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread thread in _threads)
        {
            thread.Join();
        }
    }

    private void StartThread()
    {
        int number = _threads.Count;
        Thread thread = new(() => Run(number)) { Name = $"{_namePrefix}-{number}", IsBackground = true };
        thread.Start();
        _threads.Add(thread);
    }

    private void Run(int number)
    {
        if (_cpus.Count > 0)
        {
            ThreadAffinity.PinCurrentThread(_cpus[number % _cpus.Count]);
        }
        else
        {
            ThreadAffinity.UseCoresOfProcess();
        }

        while (TryTake(out WorkItem item))
        {
            _completed(item.Index, CallExecution.Execute(item.Entry));
        }
    }

    private bool TryTake(out WorkItem item)
    {
        lock (_gate)
        {
            while (true)
            {
                while (_queueCount == 0)
                {
                    if (_ending)
                    {
                        item = default;
                        return false;
                    }

                    _idleThreads++;
                    Monitor.Wait(_gate);
                    _idleThreads--;
                }

                item = _queue[_queueHead];
                _queueHead = (_queueHead + 1) & (_queue.Length - 1);
                _queueCount--;
                if (_queuedUse[item.Index] == item.Use)
                {
                    _queuedUse[item.Index] = 0;
                    return true;
                }
            }
        }
    }

    private void Enqueue(in WorkItem item)
    {
        if (_queueCount == _queue.Length)
        {
            WorkItem[] larger = new WorkItem[_queue.Length * 2];
            for (int i = 0; i < _queueCount; i++)
            {
                larger[i] = _queue[(_queueHead + i) & (_queue.Length - 1)];
            }

            _queue = larger;
            _queueHead = 0;
        }

        _queue[(_queueHead + _queueCount) & (_queue.Length - 1)] = item;
        _queueCount++;
    }

    private readonly record struct WorkItem(uint Index, uint Use, SyscallEntry Entry);
}
