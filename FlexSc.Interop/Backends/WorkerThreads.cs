using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends;

/// <summary>How many threads execute calls, and where.</summary>
/// <param name="Name">Start of the threads' names.</param>
/// <param name="Limit">Most threads.</param>
/// <param name="StartAtOnce">Threads started before the first call, so that no call is the one that cannot start them.</param>
/// <param name="Cpus">Cores the threads are pinned to in turn; null or empty gives them those of the process.</param>
/// <param name="Start">Starts a thread; null for the ordinary way.</param>
internal sealed record WorkerThreadOptions(
    string Name, int Limit, int StartAtOnce = 0, IReadOnlyList<int>? Cpus = null, Action<Thread>? Start = null);

/// <summary>
/// User-space threads that execute entries by the ordinary call: any system call, no per-call code. They do not remove the trap. A
/// call that waits keeps its thread until it ends or is interrupted; those that find none wait for one, and the entries of the page
/// set bound how many can.
/// </summary>
internal sealed class WorkerThreads : IDisposable
{
    /// <summary>Between two signals to a thread whose call is to end: one that comes just before the call is lost.</summary>
    private const int InterruptIntervalMs = 10;

    /// <summary>How long the end of the threads is waited for. A call that cannot be interrupted keeps its thread beyond.</summary>
    private const int StopLimitMs = 5_000;

    /// <summary>A thread makes calls and little else.</summary>
    private const int StackBytes = 256 * 1024;

    private readonly object _gate = new();
    private readonly List<Worker> _workers = [];
    private readonly WorkerThreadOptions _options;
    private readonly Action<uint, long> _completed;
    private readonly Queue<WorkItem> _queue = new();
    private readonly Timer _interrupting;

    /// <summary>For each entry, which use of it waits for a thread; 0 when none does. A queued item with another number is over.</summary>
    private readonly uint[] _queuedUse;

    /// <summary>For each entry, whether its call ends a descriptor: taken back it would leave one open that nobody closes any more.</summary>
    private readonly bool[] _endsDescriptor;

    /// <summary>Changed with the gate.</summary>
    private IReadOnlyList<int> _cpus;
    private uint _lastUse;
    private int _idleThreads;
    private bool _ending;
    private bool _timerEnded;

    /// <param name="options">How many threads, and where.</param>
    /// <param name="entryCount">Entries of the page set.</param>
    /// <param name="completed">Takes index and result, on a thread of these.</param>
    /// <exception cref="LinuxException">The process may not run on one of the cores, or a thread cannot be started.</exception>
    public WorkerThreads(WorkerThreadOptions options, int entryCount, Action<uint, long> completed)
    {
        _options = options;
        _completed = completed;
        _cpus = options.Cpus ?? [];
        _queuedUse = new uint[entryCount];
        _endsDescriptor = new bool[entryCount];
        RequireUsable(_cpus);
        _interrupting = new Timer(static state => ((WorkerThreads)state!).InterruptAgain(), this, Timeout.Infinite, Timeout.Infinite);
        while (_workers.Count < options.StartAtOnce)
        {
            if (!TryStartThread())
            {
                Dispose();
                throw CallThread.Refused($"{options.Name}-{_workers.Count}");
            }
        }
    }

    /// <summary>Hands a copied entry over. On the loop's thread.</summary>
    /// <returns>False when there is no thread and none can be started: the call is not made.</returns>
    public bool TryExecute(uint index, in SyscallEntry entry)
    {
        lock (_gate)
        {
            bool lacksThread = _queue.Count >= _idleThreads && _workers.Count < _options.Limit;
            if (lacksThread && !TryStartThread() && _workers.Count == 0)
            {
                return false;
            }

            _lastUse = _lastUse == uint.MaxValue ? 1 : _lastUse + 1;
            _queuedUse[index] = _lastUse;
            (uint first, uint last) = SyscallTable.EndedBy(entry.Number, entry.Argument0, entry.Argument1, entry.Argument2);
            _endsDescriptor[index] = first <= last;
            _queue.Enqueue(new WorkItem(index, _lastUse, entry));
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>
    /// Takes a call back that no thread has begun, unless it ends a descriptor; it does not complete then. Interrupts one that a thread
    /// has. On the loop's thread.
    /// </summary>
    public bool TryCancel(uint index)
    {
        lock (_gate)
        {
            if (_queuedUse[index] != 0)
            {
                if (_endsDescriptor[index])
                {
                    return false;
                }

                _queuedUse[index] = 0;
                return true;
            }

            if (_workers.Find(worker => worker.Index == index) is { } busy)
            {
                Interrupt(busy);
            }

            return false;
        }
    }

    /// <summary>Has the threads run on other cores from now on, those that are started later included. On the loop's thread.</summary>
    /// <param name="cpus">Each has one in turn; empty gives them those of the process.</param>
    /// <exception cref="LinuxException">The process may not run on one of the cores; they stay where they are.</exception>
    public void MoveTo(IReadOnlyList<int> cpus)
    {
        RequireUsable(cpus);
        IReadOnlyList<int> ofProcess = ThreadAffinity.AllowedCpusOfProcess();
        lock (_gate)
        {
            _cpus = cpus;
            for (int number = 0; number < _workers.Count; number++)
            {
                // One that has no number yet looks for its core when it has.
                if (_workers[number].ThreadId != 0)
                {
                    ThreadAffinity.Set(_workers[number].ThreadId, cpus.Count > 0 ? [cpus[number % cpus.Count]] : ofProcess);
                }
            }
        }
    }

    /// <summary>What the threads did so far. From any thread.</summary>
    public SyscallCoreUse ReadUse(int cpu)
    {
        int[] threads;
        lock (_gate)
        {
            threads = [.. _workers.Select(static worker => worker.ThreadId).Where(static thread => thread != 0)];
        }

        return ThreadRunTime.UseOf(cpu, threads);
    }

    /// <summary>Ends the threads. Calls in hand are interrupted; one that cannot be is left behind after a limit. On the loop's thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ending = true;
            _workers.ForEach(Interrupt);
            Monitor.PulseAll(_gate);
        }

        long endsAt = Environment.TickCount64 + StopLimitMs;
        foreach (Worker worker in _workers)
        {
            _ = worker.Thread.Join((int)Math.Max(0, endsAt - Environment.TickCount64));
        }

        lock (_gate)
        {
            _timerEnded = true;
        }

        _interrupting.Dispose();
    }

    private static void RequireUsable(IReadOnlyList<int> cpus)
    {
        foreach (int cpu in cpus)
        {
            ThreadAffinity.RequireUsable(cpu);
        }
    }

    private bool TryStartThread()
    {
        int number = _workers.Count;
        Worker worker = new();
        worker.Thread = new Thread(() => Run(worker, number), StackBytes) { Name = $"{_options.Name}-{number}", IsBackground = true };
        if (!CallThread.TryStart(worker.Thread, _options.Start))
        {
            return false;
        }

        _workers.Add(worker);
        return true;
    }

    private void Run(Worker worker, int number)
    {
        ThreadInterrupt.AllowOnCurrentThread();
        lock (_gate)
        {
            worker.ThreadId = ThreadInterrupt.CurrentThreadId;
            if (_cpus.Count > 0)
            {
                ThreadAffinity.PinCurrentThread(_cpus[number % _cpus.Count]);
            }
            else
            {
                ThreadAffinity.UseCoresOfProcess();
            }
        }

        while (TryTake(worker, out WorkItem item))
        {
            _completed(item.Index, Execute(worker, item));
        }
    }

    private long Execute(Worker worker, in WorkItem item)
    {
        bool repeats = SyscallTable.Of(item.Entry.Number).Repeats;
        long result;
        do
        {
            result = CallExecution.ExecuteOnce(item.Entry);
        }
        while (result == -Errno.Interrupted && repeats && !Volatile.Read(ref worker.IsCancelled));

        bool wasInterrupted;
        lock (_gate)
        {
            worker.Index = Worker.NoCall;
            wasInterrupted = worker.IsCancelled;
            worker.IsCancelled = false;
        }

        if (wasInterrupted)
        {
            // A signal that is still on its way is taken on the way out of any call, so that it does not end the next one.
            _ = ThreadInterrupt.CurrentThreadId;
            return result == -Errno.Interrupted ? -Errno.Canceled : result;
        }

        return result;
    }

    private bool TryTake(Worker worker, out WorkItem item)
    {
        lock (_gate)
        {
            while (true)
            {
                while (_queue.Count == 0)
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

                item = _queue.Dequeue();
                if (_queuedUse[item.Index] == item.Use)
                {
                    _queuedUse[item.Index] = 0;
                    worker.Index = item.Index;
                    if (_ending)
                    {
                        Interrupt(worker);
                    }

                    return true;
                }
            }
        }
    }

    /// <summary>Has the call of a thread end, if it has one. With the gate.</summary>
    private void Interrupt(Worker worker)
    {
        if (worker.Index != Worker.NoCall && !worker.IsCancelled)
        {
            Volatile.Write(ref worker.IsCancelled, true);
            _ = ThreadInterrupt.Send(worker.ThreadId);
            SetTimer(InterruptIntervalMs);
        }
    }

    private void InterruptAgain()
    {
        lock (_gate)
        {
            bool isLeft = false;
            foreach (Worker worker in _workers)
            {
                if (worker.IsCancelled && worker.Index != Worker.NoCall)
                {
                    _ = ThreadInterrupt.Send(worker.ThreadId);
                    isLeft = true;
                }
            }

            if (!isLeft)
            {
                SetTimer(Timeout.Infinite);
            }
        }
    }

    private void SetTimer(int intervalMs)
    {
        if (!_timerEnded)
        {
            _ = _interrupting.Change(intervalMs, intervalMs);
        }
    }

    private sealed class Worker
    {
        public const uint NoCall = uint.MaxValue;

        /// <summary>Its call is to end. Written with the gate.</summary>
        public bool IsCancelled;

        public Thread Thread { get; set; } = null!;

        public int ThreadId { get; set; }

        /// <summary>Entry of its call. With the gate.</summary>
        public uint Index { get; set; } = NoCall;
    }

    private readonly record struct WorkItem(uint Index, uint Use, SyscallEntry Entry);
}
