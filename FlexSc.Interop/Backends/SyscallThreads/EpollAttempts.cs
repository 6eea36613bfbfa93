using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>
/// Attempts by ordinary calls that never wait, made by the loop itself when it flushes or by n syscall threads; readiness is told
/// by edges of epoll(7), so that a waiting call holds no thread. Calls that can wait for something else go to companion threads.
/// It does not remove the trap.
/// </summary>
internal sealed class EpollAttempts : IAttempts
{
    /// <summary>Marks the events of the wake-up eventfd; no descriptor has that number.</summary>
    private const ulong WakeData = ulong.MaxValue;

    /// <summary>
    /// A loop with work of its own looks for events at most this long after the last look. Looking costs a trap: more often
    /// would tax every short turn, and a turn that is longer looks each time.
    /// </summary>
    private const long LookIntervalMicroseconds = 20;

    private static readonly long LookInterval = Stopwatch.Frequency * LookIntervalMicroseconds / 1_000_000;

    private readonly EpollSet _epoll = new();
    private readonly ResultQueue _results = new();
    private readonly CompanionThreads _companions;
    private readonly SyscallLoopOptions _options;
    private readonly int _entryCount;
    private readonly WakeEvent _wake;

    /// <summary>Started when first needed; idle while the loop makes the calls.</summary>
    private WorkerThreads? _syscallThreads;
    private bool _handsToThreads;
    private volatile int _servedBy = -1;
    private long _traps;
    private long _lookedAt;
    private int _waiting;
    private bool _hasPassed;

    /// <exception cref="LinuxException">A descriptor, a thread or a named core is not to be had.</exception>
    public EpollAttempts(int entryCount, SyscallLoopOptions options)
    {
        _options = options;
        _entryCount = entryCount;
        try
        {
            _wake = OpenWake(_epoll);
        }
        catch
        {
            _epoll.Dispose();
            throw;
        }

        try
        {
            // All at once: a call that needs one must not be the one that cannot start it.
            _companions = new CompanionThreads(options, entryCount, AddResult, startAtOnce: options.CompanionThreads);
            if (options.SyscallThreads > 0)
            {
                _syscallThreads = StartSyscallThreads(options.SyscallThreadCpus);
                _handsToThreads = true;
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name => "syscall-threads";

    public long Traps => _traps + _epoll.Traps + _wake.Wakes;

    public bool HandsOver => false;

    public bool HasResults => !_results.IsEmpty;

    public long Execute(in SyscallEntry call)
    {
        _traps++;
        return CallExecution.Execute(call);
    }

    public long Attempt(int index, in SyscallEntry attempt)
    {
        _traps++;
        if (!_handsToThreads)
        {
            return CallExecution.Execute(attempt);
        }

        return _syscallThreads!.TryExecute((uint)index, attempt) ? IAttempts.Pending : -Errno.Again;
    }

    public long Block(int index, in SyscallEntry call) => Begin(index, call, waitsForOthers: false);

    public long BlockForOthers(int index, in SyscallEntry call) => Begin(index, call, waitsForOthers: true);

    public long Cancel(int index, int cancellation) =>
        _companions.TryCancel((uint)index) || (_syscallThreads is not null && _syscallThreads.TryCancel((uint)index)) ? 0 : -Errno.Already;

    public long Watch(Descriptor descriptor, ushort number) => EdgeRegistration.Watch(_epoll, descriptor);

    public void Unwatch(Descriptor descriptor) => _epoll.Remove(descriptor.FileDescriptor);

    public void Collect(IAttemptOutcomes outcomes)
    {
        if (!_results.IsEmpty)
        {
            foreach ((uint index, long result) in _results.TakeAll())
            {
                outcomes.Finish((int)index, result);
            }
        }
    }

    /// <remarks>epoll cannot wait for several events, so a batch is what is there.</remarks>
    public void Look(in AttemptLook look, IAttemptOutcomes outcomes)
    {
        bool mayWait = look.MayWait;
        if (mayWait)
        {
            // Full fence, of the exchange: the flag must be visible before the last look at the results; see AddResult.
            Interlocked.Exchange(ref _waiting, 1);
            mayWait = _results.IsEmpty;
        }

        if (mayWait || IsLookDue(look.IsIdle))
        {
            _epoll.Wait(mayWait ? look.TimeoutNanoseconds : 0);
            _lookedAt = Stopwatch.GetTimestamp();
            _hasPassed = false;
            TellEvents(outcomes);
        }

        Volatile.Write(ref _waiting, 0);
        Collect(outcomes);
    }

    public void Wake() => _wake.Wake();

    public bool MayBeServed => true;

    public int? ServedBy => _servedBy is >= 0 and int cpu ? cpu : null;

    /// <remarks>Calls that the threads have in hand end there; which of them makes the next attempts of a call does not matter to it.</remarks>
    public void ServeBy(int? cpu)
    {
        IReadOnlyList<int> cpus = cpu is int core ? [core] : _options.SyscallThreadCpus ?? [];
        if (_syscallThreads is null && cpu is not null)
        {
            _syscallThreads = StartSyscallThreads(cpus);
        }
        else
        {
            _syscallThreads?.MoveTo(cpus);
        }

        _handsToThreads = cpu is not null || _options.SyscallThreads > 0;
        _servedBy = cpu ?? -1;
    }

    public SyscallCoreUse? ReadCoreUse() => _servedBy is >= 0 and int cpu ? _syscallThreads?.ReadUse(cpu) : null;

    public void Dispose()
    {
        _syscallThreads?.Dispose();
        _companions?.Dispose();
        _epoll.Dispose();
        _wake.Dispose();
    }

    private WorkerThreads StartSyscallThreads(IReadOnlyList<int>? cpus)
    {
        int count = Math.Max(1, _options.SyscallThreads);
        return new WorkerThreads(new WorkerThreadOptions("flexsc-syscall", count, count, cpus), _entryCount, AddResult);
    }

    private long Begin(int index, in SyscallEntry call, bool waitsForOthers)
    {
        _traps++;
        long answer = _companions.Execute((uint)index, call, waitsForOthers);
        return answer < 0 ? answer : IAttempts.Pending;
    }

    private static WakeEvent OpenWake(EpollSet epoll)
    {
        WakeEvent wake = new(nonBlocking: true);

        // Edge-triggered: every write is an edge, so the count is never read. It would take 2^64 wakes to fill it.
        long answer = epoll.Add(wake.FileDescriptor, WakeData);
        if (answer < 0)
        {
            wake.Dispose();
            throw new LinuxException((int)-answer, "epoll_ctl", "the loop's wake-up eventfd");
        }

        return wake;
    }

    /// <summary>On a thread that made a call.</summary>
    private void AddResult(uint index, long result)
    {
        _results.Add(index, result);

        // Full fence, of the exchange: the loop raises the flag and then looks at the results, we add a result and then look
        // at the flag.
        if (Interlocked.Exchange(ref _waiting, 0) != 0)
        {
            Wake();
        }
    }

    /// <summary>Whether to look although there is other work, which costs a trap.</summary>
    private bool IsLookDue(bool isIdle)
    {
        if (isIdle && !_hasPassed)
        {
            // The loop has completions and nothing else: most likely it is to wait in the next turn anyway.
            _hasPassed = true;
            return false;
        }

        return Stopwatch.GetTimestamp() - _lookedAt >= LookInterval;
    }

    private void TellEvents(IAttemptOutcomes outcomes)
    {
        for (int i = 0; i < _epoll.EventCount; i++)
        {
            (uint events, ulong data) = _epoll.EventAt(i);
            if (data != WakeData)
            {
                EdgeRegistration.Tell(outcomes, data, events);
            }
        }
    }
}
