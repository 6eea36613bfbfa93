using System.Diagnostics;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// Attempts by the FlexSC kernel module: calls are copied into the page that the loop shares with it, and threads of the program
/// that stay inside the kernel execute them. A call that would wait for a descriptor waits there without a thread; one that waits
/// for something else keeps a thread and another takes over. Submitting makes no call while a syscall thread is awake.
/// </summary>
internal sealed partial class ModuleAttempts : IAttempts
{
    private const long StartTimeoutNanoseconds = 10_000_000_000;
    private const int NotServed = -1;

    private readonly BatchWait _batchWait;
    private readonly ModuleDevice _device = new();
    private readonly ModulePageSet _module;
    private readonly ModuleThreads _threads;

    /// <summary>Calls that complete soon, published since the last wait.</summary>
    private uint _promptPublished;
    private long _traps;
    private volatile int _servedBy = NotServed;
    private int _woken;
    private bool _hasPostponed;

    /// <exception cref="LinuxException">The module is not there or refuses; the text names the remedy.</exception>
    public ModuleAttempts(int entryCount, ProvidedBuffers buffers, SyscallLoopOptions options)
    {
        _batchWait = new BatchWait(options.BatchWaitMicroseconds, TimeProvider.System);
        _working = new Admission(options.CompanionThreads);
        _waiting = new Admission(options.WaitingThreads);
        try
        {
            IReadOnlyList<int> namedCpus = options.SyscallThreadCpus ?? [];
            foreach (int cpu in namedCpus)
            {
                ThreadAffinity.RequireUsable(cpu);
            }

            _module = new ModulePageSet(_device, entryCount, buffers);

            // A call that waits for something else than readiness keeps a thread, and there is always one more.
            int threads = Math.Max(1, options.SyscallThreads);
            _freeOwn = new Stack<int>(Enumerable.Range(_module.FirstOwnIndex, FlexScAbi.EntriesPerPage));
            int limit = Math.Min(ModuleUapi.MaxThreads, threads + options.CompanionThreads + options.WaitingThreads);
            _threads = new ModuleThreads(_device, limit, namedCpus, (uint)options.SyscallThreadSpinMicroseconds);
            MayBeServed = namedCpus.Count == 0;
            if (MayBeServed && options.Cpu is int own)
            {
                // As FlexSC has it on one core: the loop sleeps and they work, or the other way round, and the data stays in one cache.
                _threads.MoveTo([own]);
            }

            StartThreads(threads);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name => "kernel-module";

    public long Traps => _traps + _device.Traps;

    public bool HandsOver => true;

    public bool HasResults => _module.AvailableCompletions > 0;

    public long Execute(in SyscallEntry call)
    {
        _traps++;
        return CallExecution.Execute(call);
    }

    public long Attempt(int index, in SyscallEntry attempt)
    {
        bool isPrompt = (attempt.Flags & HandOverFlags.PollIn) == 0 && attempt.Number != FlexScAbi.NumberPoll;
        _promptPublished += isPrompt ? 1u : 0u;
        _module.Publish(index, attempt);
        return IAttempts.Pending;
    }

    public unsafe long Watch(Descriptor descriptor, ushort number)
    {
        if (!SyscallTable.Of(number).MayBeFile)
        {
            return 0;
        }

        if (!descriptor.IsOwn || descriptor.Kind == DescriptorKind.Unknown)
        {
            NativeStatus status;
            byte emptyPath = 0;
            _traps++;
            long answer = RawSystemCall.Invoke(
                SyscallNumber.Statx, descriptor.FileDescriptor, (long)&emptyPath, NativeStatus.EmptyPath, NativeStatus.MaskType, (long)&status);
            if (answer < 0)
            {
                return answer;
            }

            bool isFile = status.FileType is NativeStatus.TypeRegular or NativeStatus.TypeBlockDevice or NativeStatus.TypeDirectory;
            descriptor.Kind = isFile ? DescriptorKind.File : DescriptorKind.Waitable;
        }

        return descriptor.Kind == DescriptorKind.File ? -Errno.NotPermitted : 0;
    }

    /// <summary>
    /// Takes what the module has completed; what is beyond the bound stays with it. A call that goes on is published again at
    /// once, without a kick: either a syscall thread is awake and sees it, or the next look tells it.
    /// </summary>
    public void Collect(IAttemptOutcomes outcomes)
    {
        while (outcomes.HasRoom && _module.TryTakeCompletion(out uint taken))
        {
            int index = (int)taken;
            ref readonly SyscallEntry completed = ref _module[taken];
            if (index >= _module.FirstOwnIndex)
            {
                _freeOwn.Push(index);
            }
            else if (completed.Number == FlexScAbi.NumberCancel)
            {
                outcomes.FinishCancellation(index, completed.Result);
            }
            else
            {
                EndBlocking(index);

                // The module names the buffer in the last argument, and -1 when it used none.
                int picked = (completed.Flags & EntryFlags.ProvidedBuffer) != 0 ? (int)completed.Argument5 : -1;
                outcomes.Finish(index, completed.Result, picked);
            }
        }
    }

    public void Look(in AttemptLook look, IAttemptOutcomes outcomes)
    {
        SendCancellations();
        SupplyThreads();
        if (look.MayWait && _module.AvailableCompletions == 0)
        {
            WaitForCompletions(look.MayBatch, look.TimeoutNanoseconds);
        }
        else if (!IsAboutToWait(look.IsIdle) && _module.NeedsKick())
        {
            _device.Kick();
        }

        Collect(outcomes);
    }

    public void Wake()
    {
        Volatile.Write(ref _woken, 1);
        _device.Wake();
    }

    /// <summary>Named cores are those of the threads for good.</summary>
    public bool MayBeServed { get; }

    public int? ServedBy => _servedBy is >= 0 and int cpu ? cpu : null;

    /// <remarks>
    /// The threads that there always are move, and with no core of their own they are where the loop is: it runs this on its own thread,
    /// after it was moved itself.
    /// </remarks>
    public void ServeBy(int? cpu)
    {
        if (!MayBeServed)
        {
            throw new NotSupportedException("the threads of kernel-module have the cores that SyscallThreadCpus names for good");
        }

        if (cpu is int core)
        {
            ThreadAffinity.RequireUsable(core);
        }

        _threads.MoveTo(cpu is int own ? [own] : ThreadAffinity.AllowedCpus());
        _servedBy = cpu ?? NotServed;
    }

    public SyscallCoreUse? ReadCoreUse() => _servedBy is >= 0 and int cpu ? _threads.ReadUse(cpu) : null;

    /// <remarks>With no core of their own, and none that was named, the threads are where the loop is.</remarks>
    public TimeSpan ReadTimeBeside() => MayBeServed && _servedBy < 0 ? _threads.ReadUse(NotServed).WorkTime : TimeSpan.Zero;

    /// <summary>What the module has counted.</summary>
    public ModuleStatistics ReadStatistics() => _device.ReadStatistics();

    public void Dispose()
    {
        _threads?.End();
        _module?.Dispose();
        _device.Dispose();
    }

    /// <summary>Starts the first threads and waits until one of them has executed an entry.</summary>
    private void StartThreads(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _threads.Start(isNeeded: true);
        }

        _module.Publish(_module.FirstOwnIndex, new SyscallEntry { Number = FlexScAbi.NumberNop });
        long startedAt = Stopwatch.GetTimestamp();
        uint index;
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
            _threads.Start(isNeeded: false);
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
    /// True, for one look, when the loop has completions and nothing else: most likely it waits with the next look, which kicks
    /// in the same call.
    /// </summary>
    private bool IsAboutToWait(bool isIdle)
    {
        bool postpone = isIdle && !_hasPostponed;
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
}
