using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// Executes entries by the FlexSC kernel module: they are copied into the page that the loop shares with it, and threads of the
/// program that stay inside the kernel execute them. A call that would wait for a descriptor waits there without a thread; one
/// that waits for something else keeps a thread and another takes over. Submitting makes no call while a syscall thread is awake.
/// </summary>
internal sealed partial class KernelModuleBackend : ISyscallBackend
{
    private const long StartTimeoutNanoseconds = 10_000_000_000;

    private readonly PendingCalls _calls;
    private readonly DescriptorTable<ModuleDescriptor> _descriptors = new(static number => new ModuleDescriptor(number));
    private readonly DescriptorOwners<ModuleDescriptor> _owners;
    private readonly DescriptorCalls _descriptorCalls = new();
    private readonly CompletionQueue _completions;
    private readonly BatchWait _batchWait;
    private readonly ModuleDevice _device;
    private readonly ModulePageSet _module;
    private readonly ModuleThreads _threads;
    private readonly int _blockingLimit;

    /// <summary>Calls that may keep a thread and wait for their turn.</summary>
    private CallQueue _blocking = CallQueue.Empty;
    private int _blockingInModule;

    /// <summary>Calls that complete soon, published since the last wait.</summary>
    private uint _promptPublished;
    private long _traps;
    private int _woken;
    private bool _hasPostponed;
    private bool _disposed;

    /// <exception cref="LinuxException">The module is not there or refuses; the text names the remedy.</exception>
    public KernelModuleBackend(SyscallPageSet pages, EntryTokens entries, ProvidedBuffers buffers, SyscallLoopOptions options)
    {
        _completions = new CompletionQueue(pages.EntryCount, options.CompletionSlots);
        _calls = new PendingCalls(pages, entries, buffers, _completions);
        _owners = new DescriptorOwners<ModuleDescriptor>(_descriptors, _calls, CancelAllOn);
        _batchWait = new BatchWait(options.BatchWaitMicroseconds, TimeProvider.System);
        _blockingLimit = options.CompanionThreads;
        _cancelledBy = new int[pages.EntryCount];
        _cancelEnded = new bool[pages.EntryCount];
        IReadOnlyList<int> cpus = CpusOf(options);
        foreach (int cpu in cpus)
        {
            ThreadAffinity.RequireUsable(cpu);
        }

        _device = new ModuleDevice();
        try
        {
            _module = new ModulePageSet(_device, pages.EntryCount, buffers);
        }
        catch
        {
            _device.Dispose();
            throw;
        }

        _ownEntries = new OwnEntries(_module.FirstOwnIndex, _module.OwnEntryCount);

        // A call that waits for something else than readiness keeps a thread, and there is always one more.
        int threads = Math.Max(1, options.SyscallThreads);
        _threads = new ModuleThreads(_device, threads + options.CompanionThreads, cpus, (uint)options.SyscallThreadSpinMicroseconds);
        try
        {
            StartThreads(threads);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name => "kernel-module";

    public long Traps => _traps + _device.Traps + _descriptors.Traps + _descriptorCalls.Traps;

    /// <summary>What the module has counted.</summary>
    public ModuleStatistics ReadStatistics() => _device.ReadStatistics();

    public void Flush(bool wait, bool mayBatch, long timeoutNanoseconds)
    {
        Collect();
        while (_calls.TryTake(out int index))
        {
            Issue(index);
        }

        SendCancellations();
        SupplyThreads();
        if (wait && _completions.IsEmpty && _module.AvailableCompletions == 0)
        {
            WaitForCompletions(mayBatch, timeoutNanoseconds);
        }
        else if (!IsAboutToWait(wait) && _module.NeedsKick())
        {
            _device.Kick();
        }

        Collect();
    }

    public bool HasCompletions => !_completions.IsEmpty || _module.AvailableCompletions > 0;

    public int Reap(Span<Completion> destination) => _completions.Take(destination);

    public void Wake()
    {
        Volatile.Write(ref _woken, 1);
        _device.Wake();
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _threads.End();
            _module.Dispose();
            _device.Dispose();
        }
    }

    /// <summary>
    /// Cores of the syscall threads: those that are named, else the loop's own, as FlexSC has it on one core: the loop sleeps and
    /// they work, or the other way round, and the data stays in one cache.
    /// </summary>
    private static IReadOnlyList<int> CpusOf(SyscallLoopOptions options) =>
        options.SyscallThreadCpus is { Count: > 0 } named ? named : options.Cpu is int own ? [own] : [];

    /// <summary>Starts the first threads and waits until one of them has executed an entry.</summary>
    private void StartThreads(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _threads.Start();
        }

        _module.Publish(_module.FirstOwnIndex, new SyscallEntry { Number = FlexScAbi.NumberNop });
        long startedAt = Stopwatch.GetTimestamp();
        int index;
        while (!_module.TryTakeCompletion(out index))
        {
            if (Stopwatch.GetElapsedTime(startedAt).TotalNanoseconds > StartTimeoutNanoseconds)
            {
                throw new LinuxException(Errno.TimerExpired, "ioctl FLEXSC_IOC_RUN", ModuleUapi.DevicePath, "a syscall thread did not begin to work");
            }

            RequireThreads();
            _device.Wait(minCompletions: 1, minWaitMicroseconds: 0, StartTimeoutNanoseconds);
        }

        Debug.Assert(index == _module.FirstOwnIndex, "the first completion is of another entry");
    }

    private void SupplyThreads()
    {
        RequireThreads();
        if (_module.WantsThread && !_threads.IsFull)
        {
            _threads.Start();
        }
    }

    /// <exception cref="LinuxException">A syscall thread could not enter the module: nobody would execute what is submitted.</exception>
    private void RequireThreads()
    {
        if (_threads.Failure < 0)
        {
            throw ModuleDevice.Failure("ioctl FLEXSC_IOC_RUN", _threads.Failure);
        }
    }

    /// <summary>
    /// True, for one flush, when the loop has completions and nothing else: most likely it waits with the next flush, which kicks
    /// in the same call.
    /// </summary>
    private bool IsAboutToWait(bool wait)
    {
        bool postpone = wait && !_hasPostponed;
        _hasPostponed = postpone;
        return postpone;
    }

    private void WaitForCompletions(bool mayBatch, long timeoutNanoseconds)
    {
        uint asked = _batchWait.Next(mayBatch);
        uint prompt = _promptPublished;
        bool forBatch = asked > 1;
        _device.Wait(forBatch ? prompt + asked : 1, forBatch ? _batchWait.Microseconds : 0, timeoutNanoseconds);
        _promptPublished = 0;
        _hasPostponed = false;
        uint available = _module.AvailableCompletions;
        _batchWait.OnWaited(asked, available - Math.Min(available, prompt));
        if (Volatile.Read(ref _woken) != 0)
        {
            Volatile.Write(ref _woken, 0);
            _batchWait.OnWoken();
        }
    }

    /// <summary>
    /// Takes what the module has completed; what is beyond the bound stays with it. A call that goes on is published again at
    /// once, without a kick: either a syscall thread is awake and sees it, or the next flush tells it.
    /// </summary>
    private void Collect()
    {
        while (_completions.HasRoom && _module.TryTakeCompletion(out int index))
        {
            if (index >= _module.FirstOwnIndex)
            {
                _ownEntries.GiveBack(index);
            }
            else
            {
                Finish(index);
            }
        }
    }

    private void Finish(int index)
    {
        ref PendingCall call = ref _calls[index];
        long result = _module[index].Result;
        if (call.Direction != CallDirection.None)
        {
            FinishReadinessCall(index, result);
        }
        else if (call.Phase == CallPhase.Cancelling)
        {
            FinishCancellation(index, result);
        }
        else
        {
            FinishOtherCall(index, result);
        }
    }
}
