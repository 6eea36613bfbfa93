using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>
/// Executes entries by ordinary calls that never wait, made by the loop itself when it flushes or by n syscall threads; what
/// would wait is parked on an edge of epoll(7), so that a waiting call holds no thread. Calls that can block on a disk, and
/// those it knows nothing about, go to companion threads. It does not remove the trap.
/// </summary>
internal sealed unsafe partial class SyscallThreadsBackend : ISyscallBackend
{
    /// <summary>Marks the events of the wake-up eventfd; no descriptor has that number.</summary>
    private const ulong WakeData = ulong.MaxValue;

    private readonly PendingCalls _calls;
    private readonly DescriptorTable<EpollDescriptor> _descriptors = new(static number => new EpollDescriptor(number));
    private readonly DescriptorOwners<EpollDescriptor> _owners;
    private readonly DescriptorCalls _descriptorCalls = new();
    private readonly Queue<EpollDescriptor> _listed = new();

    /// <summary>Descriptors whose calls find no buffer until attempts of threads give theirs back.</summary>
    private readonly Queue<EpollDescriptor> _starved = new();
    private readonly CompletionQueue _completions;
    private readonly FreeBuffers _freeBuffers;
    private readonly ProvidedBuffers _buffers;
    private readonly EpollSet _epoll;
    private readonly ResultQueue _results = new();
    private readonly CompanionThreads _companions;
    private readonly CompanionThreads? _syscallThreads;
    private readonly WakeEvent _wake;
    private long _traps;
    private long _lookedAt;
    private int _buffersInAttempts;
    private int _waiting;
    private bool _hasPassed;
    private bool _disposed;

    /// <exception cref="LinuxException">A descriptor or a named core is not to be had.</exception>
    public SyscallThreadsBackend(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, SyscallLoopOptions options)
    {
        _buffers = buffers;
        _completions = new CompletionQueue(pages.EntryCount, options.CompletionSlots);
        _calls = new PendingCalls(pages, entries, buffers, _completions);
        _owners = new DescriptorOwners<EpollDescriptor>(_descriptors, _calls, state => CancelAllOn(state, except: -1));
        _companions = new CompanionThreads(options.CompanionThreads, pages.EntryCount, AddResult);
        if (options.SyscallThreads > 0)
        {
            _syscallThreads = new CompanionThreads(
                options.SyscallThreads, pages.EntryCount, AddResult, "flexsc-syscall", startAtOnce: true, options.SyscallThreadCpus);
        }

        _epoll = new EpollSet();
        try
        {
            _wake = OpenWake(_epoll);
        }
        catch
        {
            _epoll.Dispose();
            throw;
        }

        _freeBuffers = new FreeBuffers(buffers);
    }

    public string Name => "syscall-threads";

    public long Traps => _traps + _epoll.Traps + _descriptors.Traps + _descriptorCalls.Traps + _wake.Wakes;

    /// <remarks>epoll cannot wait for several events, so a batch is what is there.</remarks>
    public void Flush(bool wait, bool mayBatch, long timeoutNanoseconds)
    {
        while (_calls.TryTake(out int index))
        {
            Issue(index);
        }

        FinishResults();
        ListStarved();
        Look(wait, timeoutNanoseconds);
        FinishResults();
        ListStarved();
        ServeListed();
    }

    public bool HasCompletions => !_completions.IsEmpty || !_results.IsEmpty;

    public int Reap(Span<Completion> destination) => _completions.Take(destination);

    public void Wake() => _wake.Set();

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _syscallThreads?.Dispose();
        _companions.Dispose();
        _epoll.Dispose();
        _wake.Dispose();
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

    private void FinishResults()
    {
        if (_results.IsEmpty)
        {
            return;
        }

        foreach ((uint entry, long result) in _results.TakeAll())
        {
            int index = (int)entry;
            if (_calls[index].Phase == CallPhase.OnCompanion)
            {
                _calls.Complete(index, result);
            }
            else
            {
                FinishThreadAttempt(index, result);
            }
        }
    }

    /// <summary>Has descriptors served again that found no buffer, once one is free or no attempt can give one back.</summary>
    private void ListStarved()
    {
        if (_buffersInAttempts == 0 || !_freeBuffers.IsEmpty)
        {
            while (_starved.TryDequeue(out EpollDescriptor? state))
            {
                List(state);
            }
        }
    }
}
