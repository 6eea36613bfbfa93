namespace FlexSc.Interop.Page;

/// <summary>
/// Constants of the memory shared by a program and the executor of its system calls.
/// Mirrors <c>kernel/flexsc_abi.h</c>; a test compiles that header and compares every value.
/// </summary>
internal static class FlexScAbi
{
    /// <summary>First field of the control page: "FxSc" read as a little-endian 32-bit number.</summary>
    public const uint Magic = 0x63537846;

    /// <summary>Version of the layout.</summary>
    public const uint Version = 2;

    /// <summary>Bytes of a syscall page, and of the control page. The interface's own: the machine's pages may be larger, which nothing here minds.</summary>
    public const int PageBytes = 4096;

    /// <summary>Bytes of a syscall entry: one cache line.</summary>
    public const int EntryBytes = 64;

    /// <summary>Entries of one syscall page.</summary>
    public const int EntriesPerPage = 64;

    /// <summary>Most arguments a system call takes.</summary>
    public const int MaxArguments = 6;

    /// <summary>Most syscall pages of one page set of the module's, i.e. 131,072 calls in flight.</summary>
    public const int MaxPages = 2048;

    /// <summary>Numbers from here on are no system call of Linux but requests to the executor.</summary>
    public const ushort NumberBase = 0xf000;

    /// <summary>Completes with 0 and does nothing.</summary>
    public const ushort NumberNop = 0xf000;

    /// <summary>Cancels the call whose token is the first argument: 0, -ENOENT or -EALREADY.</summary>
    public const ushort NumberCancel = 0xf001;

    /// <summary>Waits for readiness: arguments are the file descriptor and the events of poll(2); completes with the events seen.</summary>
    public const ushort NumberPoll = 0xf002;

    /// <summary>Bits of a token that hold the entry index.</summary>
    public const int TokenIndexBits = 24;

    /// <summary>Bits of a token that hold the generation; 2^40 reuses of one entry before a token repeats.</summary>
    public const int TokenGenerationBits = 40;
}

/// <summary>
/// The life of a syscall entry. It moves one way: Free, Submit, Busy, Done, Free. An executor on the program's own thread hands over
/// result and entry together and leaves Done out.
/// </summary>
internal enum EntryStatus : uint
{
    /// <summary>Unused; the program owns it.</summary>
    Free = 0,

    /// <summary>Filled in; the executor owns it.</summary>
    Submit = 1,

    /// <summary>Taken and being executed.</summary>
    Busy = 2,

    /// <summary>The result is valid; the program owns it again.</summary>
    Done = 3,
}

/// <summary>Flags of a syscall entry.</summary>
[Flags]
public enum EntryFlags : byte
{
    /// <summary>An ordinary call: completes once.</summary>
    None = 0,

    /// <summary>Completes again and again, until a completion with <see cref="Completion.IsTerminal"/>.</summary>
    Multishot = 0x01,

    /// <summary>The executor picks a buffer of the loop's provided buffers; the completion names it.</summary>
    ProvidedBuffer = 0x02,
}

/// <summary>Flags of an entry between a backend and /dev/flexsc; -EINVAL in a program's entry.</summary>
internal static class HandOverFlags
{
    /// <summary>The executor waits until the descriptor in the first argument is readable when the call answers -EAGAIN.</summary>
    public const EntryFlags PollIn = (EntryFlags)0x04;

    /// <summary>The same for writable.</summary>
    public const EntryFlags PollOut = (EntryFlags)0x08;

    /// <summary>With <see cref="PollIn"/> or <see cref="PollOut"/>: the executor waits before the first attempt.</summary>
    public const EntryFlags PollFirst = (EntryFlags)0x10;
}
