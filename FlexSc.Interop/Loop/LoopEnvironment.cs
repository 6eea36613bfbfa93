using FlexSc.Interop.Backends;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <summary>Makes the backend of a loop, on the thread that runs its turns.</summary>
internal delegate ISyscallBackend BackendFactory(SyscallPageSet pages, EntryTokens tokens, ProvidedBuffers buffers, SyscallLoopOptions options);

/// <summary>What the world is to a loop: the real one, or a simulated one.</summary>
/// <param name="Clock">What its time is measured by.</param>
/// <param name="CreateBackend">Makes what executes its entries.</param>
/// <param name="Stepper">Takes a loop that has no thread and is run turn by turn; null gives it a thread.</param>
internal sealed record LoopEnvironment(TimeProvider Clock, BackendFactory CreateBackend, Action<SyscallLoop>? Stepper = null)
{
    [ThreadStatic]
    private static LoopEnvironment? t_ambient;

    public static LoopEnvironment Real { get; } = new(TimeProvider.System, SyscallBackends.Create);

    /// <summary>The environment of loops that this thread starts.</summary>
    public static LoopEnvironment Ambient
    {
        get => t_ambient ?? Real;
        set => t_ambient = value;
    }
}
