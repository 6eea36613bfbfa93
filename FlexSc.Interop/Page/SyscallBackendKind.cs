using System.Diagnostics.CodeAnalysis;

namespace FlexSc.Interop.Page;

/// <summary>Who executes the entries of a loop.</summary>
public enum SyscallBackendKind
{
    /// <summary>The best one that the host allows; <c>flexsc probe</c> says which and why.</summary>
    Auto = 0,

    /// <summary>io_uring: a batch of entries leaves in one call.</summary>
    IoUring = 1,

    /// <summary>The program's own threads, or the loop itself, by ordinary calls. Every call traps.</summary>
    SyscallThreads = 2,

    /// <summary>The FlexSC kernel module: threads inside the kernel execute entries from a shared page.</summary>
    KernelModule = 3,
}

/// <summary>How configuration files, command lines and reports spell a <see cref="SyscallBackendKind"/>.</summary>
public static class SyscallBackendKinds
{
    /// <summary>Every spelling: auto, io-uring, syscall-threads, kernel-module.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "io-uring", "syscall-threads", "kernel-module"];

    /// <summary>The spelling of a kind.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a defined kind.</exception>
    public static string Format(SyscallBackendKind kind) =>
        (uint)kind < (uint)Names.Count
            ? Names[(int)kind]
            : throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a defined backend kind");

    /// <summary>Reads a spelling; upper and lower case are different.</summary>
    /// <exception cref="FormatException">The text spells no kind; the message lists those there are.</exception>
    public static SyscallBackendKind Parse(string text) =>
        TryParse(text, out SyscallBackendKind kind)
            ? kind
            : throw new FormatException($"'{text}' is no backend: use {string.Join(", ", Names)}");

    /// <summary>Reads a spelling; false when the text spells no kind.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SyscallBackendKind kind)
    {
        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i] == text)
            {
                kind = (SyscallBackendKind)i;
                return true;
            }
        }

        kind = SyscallBackendKind.Auto;
        return false;
    }
}
