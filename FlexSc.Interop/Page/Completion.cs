namespace FlexSc.Interop.Page;

/// <summary>What a completion tells beside the result.</summary>
[Flags]
internal enum CompletionFlags
{
    /// <summary>The last completion of its call.</summary>
    None = 0,

    /// <summary>A multishot call goes on: more completions follow.</summary>
    More = 1,

    /// <summary>The result lies in a provided buffer, which <see cref="Completion.BufferId"/> names and the receiver gives back.</summary>
    Buffer = 2,
}

/// <summary>One completion of a system call.</summary>
public readonly struct Completion
{
    /// <param name="token">Which use of which entry; see <c>FLEXSC_TOKEN_*</c> in <c>kernel/flexsc_abi.h</c>.</param>
    /// <param name="result">As the kernel returns it.</param>
    /// <param name="flags">Whether more follow, and whether a buffer was used.</param>
    /// <param name="bufferId">The provided buffer.</param>
    internal Completion(ulong token, long result, CompletionFlags flags, ushort bufferId = 0)
    {
        Token = token;
        Result = result;
        Flags = flags;
        BufferId = bufferId;
    }

    internal ulong Token { get; }

    /// <summary>As the kernel returns it: a negative errno on failure.</summary>
    public long Result { get; }

    internal CompletionFlags Flags { get; }

    /// <summary>The provided buffer, when <see cref="HasBuffer"/>.</summary>
    public ushort BufferId { get; }

    /// <summary>False when the call goes on.</summary>
    public bool IsTerminal => (Flags & CompletionFlags.More) == 0;

    /// <summary>True when a provided buffer holds the bytes: give it back with <see cref="ProvidedBuffers.Return"/>.</summary>
    public bool HasBuffer => (Flags & CompletionFlags.Buffer) != 0;
}
