using System.Numerics;
using System.Runtime.CompilerServices;
using FlexSc.Interop.Abi;

namespace FlexSc.Interop.Loop;

/// <summary>Bounds of a loop.</summary>
public sealed record SyscallLoopOptions
{
    /// <summary>Syscall pages of 64 entries: 1 to 1,024; default 16. When every entry is in use, <see cref="SyscallLoop.TrySubmit"/> answers false.</summary>
    public int Pages { get; init; } = 16;

    /// <summary>Slots of the io_uring submission ring, a power of two; default 256. A larger batch is entered in parts.</summary>
    public int SubmissionSlots { get; init; } = 256;

    /// <summary>Slots of the io_uring completion ring, a power of two, at least twice the submission slots; default 4,096. The kernel keeps what does not fit.</summary>
    public int CompletionSlots { get; init; } = 4096;

    /// <summary>Most threads that execute calls io_uring has no opcode for; default 2. Calls beyond wait for a thread.</summary>
    public int CompanionThreads { get; init; } = 2;

    /// <summary>Completions collected before their operations run; default 256.</summary>
    public int CompletionsPerTurn { get; init; } = 256;

    /// <summary>Posted work items run in one turn; default 256.</summary>
    public int PostedWorkPerTurn { get; init; } = 256;

    /// <summary>Posted work items that may wait; default 65,536. <see cref="SyscallLoop.TryPost"/> answers false beyond.</summary>
    public int PostedWorkLimit { get; init; } = 65_536;

    /// <summary>Refuses values out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the text names it.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Pages, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Pages, FlexScAbi.MaxPages);
        ThrowIfNotPowerOfTwo(SubmissionSlots);
        ThrowIfNotPowerOfTwo(CompletionSlots);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompletionSlots, SubmissionSlots * 2L, nameof(CompletionSlots));
        ArgumentOutOfRangeException.ThrowIfLessThan(CompanionThreads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompletionsPerTurn, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PostedWorkPerTurn, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(PostedWorkLimit, 1);
    }

    private static void ThrowIfNotPowerOfTwo(int value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!BitOperations.IsPow2(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be a power of two");
        }
    }
}
