using System.Numerics;
using System.Runtime.CompilerServices;

namespace FlexSc.Interop.Page;

/// <summary>Bounds of a loop, and where it runs.</summary>
public sealed record SyscallLoopOptions
{
    /// <summary>Most provided buffers of a loop: an io_uring buffer ring has at most 32,768 slots (Linux 5.19).</summary>
    public const int MaxBufferCount = 32_768;

    /// <summary>Calls that one syscall page holds.</summary>
    public const int EntriesPerPage = FlexScAbi.EntriesPerPage;

    /// <summary>Most syscall pages of a loop: 524,288 calls in flight. An entry that was never used takes no memory.</summary>
    public const int MaxPages = 8192;

    /// <summary>The same with the backend kernel-module: half of what the module takes, which leaves the backend room for entries of its own.</summary>
    public const int MaxKernelModulePages = FlexScAbi.MaxPages / 2;

    /// <summary>Longest search of a syscall thread for work: a tenth of a second.</summary>
    public const int MaxSyscallThreadSpinMicroseconds = 100_000;

    /// <summary>Longest wait for more completions to come together: a millisecond.</summary>
    public const int MaxBatchWaitMicroseconds = 1_000;

    /// <summary>Longest search of a loop for work before it parks: a millisecond.</summary>
    public const int MaxWakeSpinMicroseconds = 1_000;

    /// <summary>Longest time for one kind of a turn's work: a tenth of a second.</summary>
    public const int MaxTurnBudgetMicroseconds = 100_000;

    /// <summary>Most threads of a loop in which calls wait that may wait for ever.</summary>
    public const int MaxWaitingThreads = 1_024;

    /// <summary>Most workers of the kernel beside a loop that may be asked for.</summary>
    public const int MaxKernelWorkers = 1_024;

    /// <summary>Longest wait of a loop for its calls in flight when another ring is to have them: ten seconds.</summary>
    public const int MaxRingChangeLimitMs = 10_000;

    /// <summary>Most syscall threads of a loop.</summary>
    public const int MaxSyscallThreads = 64;

    /// <summary>Who executes the entries; the default takes the best one that the host allows.</summary>
    public SyscallBackendKind Backend { get; init; } = SyscallBackendKind.Auto;

    /// <summary>
    /// Threads by which the syscall-threads backend makes calls that do not wait: 0 to <see cref="MaxSyscallThreads"/>; default
    /// 0, by which the loop makes them itself when it flushes. With the kernel-module backend, threads that stay inside the kernel
    /// and execute entries there; 0 is as 1, and it starts others when calls keep them (<see cref="CompanionThreads"/>).
    /// </summary>
    public int SyscallThreads { get; init; }

    /// <summary>
    /// Cores those threads are pinned to in turn. Null or empty gives them the cores of the process, and with the kernel-module
    /// backend the core of a loop that is pinned: they work while the loop sleeps. Cores of their own let both run at once.
    /// </summary>
    public IReadOnlyList<int>? SyscallThreadCpus { get; init; }

    /// <summary>
    /// Microseconds that a thread of the kernel-module backend looks for work before it sleeps: 0 to
    /// <see cref="MaxSyscallThreadSpinMicroseconds"/>; default 0. It burns its core meanwhile, and a loop that submits need not wake it:
    /// of use with a core of its own only.
    /// </summary>
    public int SyscallThreadSpinMicroseconds { get; init; }

    /// <summary>
    /// Syscall pages of 64 entries: 1 to <see cref="MaxPages"/>, with kernel-module <see cref="MaxKernelModulePages"/>; default 16. When
    /// every entry is in use, a submission is refused.
    /// </summary>
    public int Pages { get; init; } = 16;

    /// <summary>Slots of the io_uring submission ring, a power of two; default 256. A larger batch is entered in parts.</summary>
    public int SubmissionSlots { get; init; } = 256;

    /// <summary>
    /// Completions that may wait to be collected, a power of two, at least twice the submission slots; default 4,096. Slots of
    /// the io_uring completion ring, of which the kernel keeps what does not fit; bound of the other backends, which leave data in
    /// its socket, or completions in the module's ring, beyond it.
    /// </summary>
    public int CompletionSlots { get; init; } = 4096;

    /// <summary>
    /// Most threads that execute calls a backend has no way of its own for and that end by themselves, such as those on files;
    /// default 2. Calls beyond wait for a thread. With the kernel-module backend, most such calls at a time, each of which may keep
    /// a thread.
    /// </summary>
    public int CompanionThreads { get; init; } = 2;

    /// <summary>
    /// The same for calls that may wait for ever, for a lock, a child, the other side of a FIFO, time: 1 to
    /// <see cref="MaxWaitingThreads"/>; default 64, started when needed. Calls beyond wait for a thread, and one for which no thread
    /// can be started completes with -EAGAIN. However many wait, calls that end by themselves go on.
    /// </summary>
    public int WaitingThreads { get; init; } = 64;

    /// <summary>
    /// Microseconds that each kind of a turn's work may take before the next one has its share: posted work, scheduled work, timers,
    /// operations that completed. 1 to <see cref="MaxTurnBudgetMicroseconds"/>; default 200. What is left waits for the next turn. An
    /// item that runs is not interrupted, and one of each kind runs in every turn.
    /// </summary>
    public int TurnBudgetMicroseconds { get; init; } = 200;

    /// <summary>Completions whose operations run in one turn; default 256. What is beyond stays with the backend until the next turn.</summary>
    public int CompletionsPerTurn { get; init; } = 256;

    /// <summary>Posted work items run in one turn; default 256.</summary>
    public int PostedWorkPerTurn { get; init; } = 256;

    /// <summary>Posted work items that may wait; default 65,536. More are refused.</summary>
    public int PostedWorkLimit { get; init; } = 65_536;

    /// <summary>Scheduled work items run in one turn before I/O has its share, of those that wait when it begins; default 256.</summary>
    public int WorkPerTurn { get; init; } = 256;

    /// <summary>Provided receive buffers, a power of two up to <see cref="MaxBufferCount"/>; default 1,024. A receive that finds none ends with -ENOBUFS.</summary>
    public int BufferCount { get; init; } = 1024;

    /// <summary>Bytes of each provided buffer: 64 to 1 MiB; default 4,096. Memory is used when first touched.</summary>
    public int BufferBytes { get; init; } = 4096;

    /// <summary>Core the loop's thread is pinned to; null leaves it to the scheduler.</summary>
    public int? Cpu { get; init; }

    /// <summary>
    /// Core of a kernel thread that polls the submission ring, so that submitting makes no call (IORING_SETUP_SQPOLL); null has
    /// none. It burns that core while there is work and for <see cref="SubmissionPollIdleMs"/> after.
    /// </summary>
    public int? SubmissionPollCpu { get; init; }

    /// <summary>Milliseconds without work after which the polling kernel thread sleeps: 1 to 60,000; default 50.</summary>
    public int SubmissionPollIdleMs { get; init; } = 50;

    /// <summary>
    /// With io-uring, milliseconds that <see cref="Loop.SyscallLoop.ServeBy"/> waits for the calls in flight that go along to the other ring:
    /// 0 to <see cref="MaxRingChangeLimitMs"/>; default 100. The loop does nothing else meanwhile. They come back at once, unless the core
    /// that polls the ring is taken by others; when the time is over the change is refused with EBUSY, and all calls go on where they are.
    /// With 0 only what comes back within the call that asks goes along.
    /// </summary>
    public int RingChangeLimitMs { get; init; } = 100;

    /// <summary>
    /// With io-uring, most workers of the kernel beside each loop for calls that would hold it up and end by themselves, as those on files:
    /// 1 to <see cref="MaxKernelWorkers"/>; default 0, which is the kernel's own bound (four for each core). Calls beyond wait.
    /// </summary>
    public int KernelWorkers { get; init; }

    /// <summary>
    /// Microseconds that a wait may last beyond its first completion for more to come together: 0 to 1,000; default 0, which is off.
    /// It holds only while every call in flight allows it (<c>SyscallOperation.MayAwaitBatch</c>), and adapts to what comes.
    /// io_uring since Linux 6.12, and the kernel module; elsewhere it has no effect.
    /// </summary>
    public int BatchWaitMicroseconds { get; init; }

    /// <summary>
    /// Microseconds that a loop which other threads keep waking looks for work before it parks: 0 to 1,000; default 0, which is off.
    /// It is done only while it finds some: a loop with nothing to do parks at once. About what a wake-up costs is a good value.
    /// </summary>
    public int WakeSpinMicroseconds { get; init; }

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the text names it.</exception>
    public void Validate()
    {
        const int maxBufferBytes = 1024 * 1024;
        const int minBufferBytes = 64;
        const int maxPollIdleMs = 60_000;
        ArgumentOutOfRangeException.ThrowIfLessThan(Pages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Pages, Backend == SyscallBackendKind.KernelModule ? MaxKernelModulePages : MaxPages, nameof(Pages));
        ThrowIfNotPowerOfTwo(SubmissionSlots);
        ThrowIfNotPowerOfTwo(CompletionSlots);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompletionSlots, SubmissionSlots * 2L, nameof(CompletionSlots));
        ArgumentOutOfRangeException.ThrowIfLessThan(CompanionThreads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WaitingThreads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WaitingThreads, MaxWaitingThreads);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompletionsPerTurn, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PostedWorkPerTurn, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PostedWorkLimit, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WorkPerTurn, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(TurnBudgetMicroseconds, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TurnBudgetMicroseconds, MaxTurnBudgetMicroseconds);
        ThrowIfNotPowerOfTwo(BufferCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BufferCount, MaxBufferCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(BufferBytes, minBufferBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BufferBytes, maxBufferBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(SubmissionPollIdleMs, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SubmissionPollIdleMs, maxPollIdleMs);
        ArgumentOutOfRangeException.ThrowIfLessThan(SyscallThreadSpinMicroseconds, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SyscallThreadSpinMicroseconds, MaxSyscallThreadSpinMicroseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(SyscallThreads, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SyscallThreads, MaxSyscallThreads);
        if (!Enum.IsDefined(Backend))
        {
            throw new ArgumentOutOfRangeException(nameof(Backend), Backend, "not a defined backend kind");
        }

        foreach (int cpu in SyscallThreadCpus ?? [])
        {
            ThrowIfNegative(cpu, nameof(SyscallThreadCpus));
        }

        if (SyscallThreads == 0 && Backend != SyscallBackendKind.KernelModule && SyscallThreadCpus is { Count: > 0 })
        {
            throw new ArgumentOutOfRangeException(
                nameof(SyscallThreadCpus), SyscallThreadCpus.Count, $"cores are named for threads, but {nameof(SyscallThreads)} is 0");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(RingChangeLimitMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RingChangeLimitMs, MaxRingChangeLimitMs);
        ArgumentOutOfRangeException.ThrowIfNegative(KernelWorkers);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(KernelWorkers, MaxKernelWorkers);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchWaitMicroseconds, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchWaitMicroseconds, MaxBatchWaitMicroseconds);
        ArgumentOutOfRangeException.ThrowIfLessThan(WakeSpinMicroseconds, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(WakeSpinMicroseconds, MaxWakeSpinMicroseconds);
        ThrowIfNegative(Cpu);
        ThrowIfNegative(SubmissionPollCpu);
    }

    private static void ThrowIfNegative(int? value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 0)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must name a core, from 0 on");
        }
    }

    private static void ThrowIfNotPowerOfTwo(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!BitOperations.IsPow2(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be a power of two");
        }
    }
}
