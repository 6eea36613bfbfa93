namespace FlexSc.Interop.Page;

/// <summary>What a completion tells beside the result.</summary>
[Flags]
public enum CompletionFlags
{
    /// <summary>The last completion of its call.</summary>
    None = 0,

    /// <summary>A multishot call goes on: more completions follow.</summary>
    More = 1,

    /// <summary>The result lies in a provided buffer, which <see cref="Completion.BufferId"/> names and the receiver gives back.</summary>
    Buffer = 2,
}

/// <summary>One completion of a system call.</summary>
/// <param name="Token">Which use of which entry; see <c>FLEXSC_TOKEN_*</c> in <c>kernel/flexsc_abi.h</c>.</param>
/// <param name="Result">As the kernel returns it: a negative errno on failure.</param>
/// <param name="Flags">Whether more follow, and whether a buffer was used.</param>
/// <param name="BufferId">The provided buffer, when <see cref="HasBuffer"/>.</param>
public readonly record struct Completion(ulong Token, long Result, CompletionFlags Flags, ushort BufferId = 0)
{
    /// <summary>False when the call goes on.</summary>
    public bool IsTerminal => (Flags & CompletionFlags.More) == 0;

    /// <summary>True when a provided buffer holds the bytes: give it back with <see cref="ProvidedBuffers.Return"/>.</summary>
    public bool HasBuffer => (Flags & CompletionFlags.Buffer) != 0;
}
