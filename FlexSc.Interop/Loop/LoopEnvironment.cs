using FlexSc.Interop.Backends;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>Makes the backend of a loop, on the thread that runs its turns.</summary>
internal delegate ISyscallBackend BackendFactory(SyscallPageSet pages, EntryTokens tokens, ProvidedBuffers buffers, SyscallLoopOptions options);

/// <summary>Makes a call that answers at once, on the calling thread and without a loop; a negative errno on failure.</summary>
internal delegate long DirectCall(in SyscallEntry call);

/// <summary>
/// What the world is to loops and to those around them: the real one, or a simulated one, which runs everything on one thread. Code
/// that is to run in both takes time, threads and backends from here.
/// </summary>
public sealed class LoopEnvironment
{
    [ThreadStatic]
    private static LoopEnvironment? t_ambient;

    /// <param name="clock">What time is measured by.</param>
    /// <param name="createBackend">Makes what executes a loop's entries.</param>
    /// <param name="stepper">Takes a loop that has no thread and is run turn by turn; null gives it a thread.</param>
    internal LoopEnvironment(TimeProvider clock, BackendFactory createBackend, Action<SyscallLoop>? stepper = null)
    {
        Clock = clock;
        CreateBackend = createBackend;
        Stepper = stepper;
    }

    /// <summary>The environment of what this thread starts and calls: the real one, but where a simulation has set another.</summary>
    public static LoopEnvironment Ambient
    {
        get => t_ambient ?? Real;
        internal set => t_ambient = value;
    }

    /// <summary>What time is measured by.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Everything runs on the thread that steps the loops, so nobody may wait there.</summary>
    public bool IsStepped => Stepper is not null;

    /// <summary>
    /// How a task is made that a loop completes: whoever awaits it goes on elsewhere, for it might hold up the loop; without threads,
    /// where it was completed.
    /// </summary>
    public TaskCreationOptions CompletedByLoop => IsStepped ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously;

    internal static LoopEnvironment Real { get; } = new(TimeProvider.System, SyscallBackends.Create);

    internal BackendFactory CreateBackend { get; }

    internal Action<SyscallLoop>? Stepper { get; }

    /// <summary>Makes calls on descriptors that no loop is there for.</summary>
    internal DirectCall CallDirectly { get; init; } = CallExecution.Execute;

    /// <summary>Takes what is not to run on a loop; null for the thread pool.</summary>
    internal Action<IThreadPoolWorkItem>? Pool { get; init; }

    /// <summary>Runs what may block, and so must not run on a loop.</summary>
    public void RunElsewhere(IThreadPoolWorkItem work)
    {
        if (Pool is { } pool)
        {
            pool(work);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);
        }
    }

    /// <summary>Says which backend loops with these options get, and why.</summary>
    /// <exception cref="BackendUnavailableException">The backend that was asked for cannot run here; the text names the remedy.</exception>
    public BackendChoice ChooseBackend(SyscallLoopOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return IsStepped
            ? new BackendChoice(options.Backend, SyscallBackendKind.SyscallThreads, "the kernel is simulated", [])
            : BackendSelector.Choose(options.Backend, HostCapabilities.Read(options));
    }
}
