using System.Collections.Frozen;

namespace FlexSc.Interop.Linux;

/// <summary>Which edges of a descriptor let a call go on.</summary>
internal enum CallDirection : byte
{
    /// <summary>None: it does not wait for readiness.</summary>
    None = 0,

    /// <summary>Data, a connection, the end of a stream.</summary>
    Read = 1,

    /// <summary>Space to write, the end of a connect.</summary>
    Write = 2,

    /// <summary>Either: a wait for readiness itself.</summary>
    Either = 3,
}

/// <summary>How long a call may keep the thread that makes it.</summary>
internal enum CallTime : byte
{
    /// <summary>It ends by itself, though a disk may have to turn for it.</summary>
    Device = 0,

    /// <summary>It answers at once whatever its arguments: handing it to another thread costs more than the call.</summary>
    Prompt = 1,

    /// <summary>It may wait for ever: for another process, another call, a peer, time.</summary>
    Others = 2,

    /// <summary>The arguments decide between <see cref="Device"/> and <see cref="Others"/>; see <see cref="SyscallTable.WaitsForOthers"/>.</summary>
    OthersByArguments = 3,
}

/// <summary>Which descriptors a call ends: it closes them or gives their numbers away.</summary>
internal enum DescriptorEnd : byte
{
    None = 0,

    /// <summary>The first argument.</summary>
    First = 1,

    /// <summary>The second argument, unless it is the first.</summary>
    SecondUnlessFirst = 2,

    /// <summary>From the first argument to the second, unless the third asks for less.</summary>
    Range = 3,
}

/// <summary>Why a call is refused: it would act on the thread that executes it instead of the one that submitted it.</summary>
internal enum Refusal : byte
{
    None = 0,

    /// <summary>Makes, replaces, traces or ends a process or a thread.</summary>
    MakesOrEndsTask = 1,

    /// <summary>Signal mask, signal stack and signal frame.</summary>
    SignalsOfThread = 2,

    /// <summary>What the C library registers for each thread, its name and modes, what is measured of it.</summary>
    StateOfThread = 3,

    /// <summary>Credentials, keys, confinement, access to ports.</summary>
    Credentials = 4,

    /// <summary>What the thread shares with its process.</summary>
    Sharing = 5,

    /// <summary>Core, priority and memory policy.</summary>
    Scheduling = 6,
}

/// <summary>What is known of one system call of x86-64.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Name">Its name, as syscalls(2) has it.</param>
internal readonly record struct SyscallRow(ushort Number, string Name)
{
    /// <summary>Readiness of the descriptor in the first argument that it waits for.</summary>
    public CallDirection Direction { get; init; }

    /// <summary>Only O_NONBLOCK on the descriptor keeps it from waiting for that; others have a flag for it.</summary>
    public bool NeedsNonBlocking { get; init; }

    /// <summary>The descriptor may be a file on a disk, which is always ready and yet makes the caller wait.</summary>
    public bool MayBeFile { get; init; }

    /// <summary>How long it may keep a thread when it does not wait for readiness.</summary>
    public CallTime Time { get; init; }

    /// <summary>Why it is refused.</summary>
    public Refusal Refused { get; init; }

    /// <summary>Some of its arguments are refused; see <see cref="SyscallTable.RefusalOf"/>.</summary>
    public bool RefusedByArguments { get; init; }

    /// <summary>
    /// It did nothing when it answers EINTR, and is made again. Not so: close, which has closed; connect, which goes on; and calls
    /// with a timeout, which would wait anew (signal(7)).
    /// </summary>
    public bool Repeats { get; init; }

    /// <summary>Operation by which io_uring does it; null when it has none or this project does not use it.</summary>
    public byte? Opcode { get; init; }

    /// <summary>Kernel that brought the operation.</summary>
    public string? Since { get; init; }

    /// <summary>Its result is a number of bytes that it moved.</summary>
    public bool Transfers { get; init; }

    /// <summary>Descriptors that it ends.</summary>
    public DescriptorEnd Ends { get; init; }
}

/// <summary>
/// What is known of the system calls of x86-64, a row each; all that decides by number reads it. A number that is not in it is
/// newer than the table: it is executed, may wait for ever and is repeated never.
/// </summary>
internal static partial class SyscallTable
{
    /// <summary>dup3(2), close_range(2) and futex(2) are told apart by these.</summary>
    private const long CloseRangeUnshare = 0x2;
    private const long CloseRangeCloseOnExec = 0x4;
    private const long FutexCommandMask = 0x7f;
    private const long LockNonBlockingOrUnlock = 4 | 8; // LOCK_NB, LOCK_UN

    /// <summary>Number after the last row's.</summary>
    private const int Length = 463;

    private static readonly SyscallRow[] ByNumber = Index();

    private static readonly FrozenSet<long> WaitingFutexCommands = new long[] { 0, 9 }.ToFrozenSet(); // FUTEX_WAIT, FUTEX_WAIT_BITSET

    /// <summary>
    /// FUTEX_LOCK_PI, UNLOCK_PI, TRYLOCK_PI, WAIT_REQUEUE_PI, CMP_REQUEUE_PI, LOCK_PI2: the owner would be the executing thread.
    /// </summary>
    private static readonly FrozenSet<long> OwnedFutexCommands = new long[] { 6, 7, 8, 11, 12, 13 }.ToFrozenSet();

    /// <summary>Every row, by number.</summary>
    public static IEnumerable<SyscallRow> Rows => ByNumber.Where(static row => row.Name is not null);

    /// <summary>The row of a number; a default one, without a name, for a number that has none.</summary>
    public static ref readonly SyscallRow Of(ushort number) => ref ByNumber[number < Length ? number : Length];

    /// <summary>Why a call is refused, its arguments included.</summary>
    public static Refusal RefusalOf(ushort number, long argument1, long argument2)
    {
        ref readonly SyscallRow row = ref Of(number);
        if (!row.RefusedByArguments)
        {
            return row.Refused;
        }

        return number == SyscallNumber.CloseRange
            ? (argument2 & CloseRangeUnshare) != 0 ? Refusal.Sharing : Refusal.None
            : OwnedFutexCommands.Contains(argument1 & FutexCommandMask) ? Refusal.StateOfThread : Refusal.None;
    }

    /// <summary>True for a call that may wait for ever.</summary>
    public static bool WaitsForOthers(ushort number, long argument1)
    {
        ref readonly SyscallRow row = ref Of(number);
        return row.Time switch
        {
            CallTime.Others => true,
            CallTime.OthersByArguments => number switch
            {
                SyscallNumber.Fcntl => argument1 is SyscallNumber.FcntlSetLockWait or SyscallNumber.FcntlSetOpenFileLockWait,
                SyscallNumber.FLock => (argument1 & LockNonBlockingOrUnlock) == 0,
                _ => WaitingFutexCommands.Contains(argument1 & FutexCommandMask),
            },
            _ => row.Name is null,
        };
    }

    /// <summary>The descriptors that a call ends, the first and the last; the first is beyond the last when it ends none.</summary>
    public static (uint First, uint Last) EndedBy(ushort number, long argument0, long argument1, long argument2) => Of(number).Ends switch
    {
        DescriptorEnd.First => ((uint)argument0, (uint)argument0),
        DescriptorEnd.SecondUnlessFirst when argument0 != argument1 => ((uint)argument1, (uint)argument1),
        DescriptorEnd.Range when (argument2 & CloseRangeCloseOnExec) == 0 => ((uint)argument0, (uint)argument1),
        _ => (1, 0),
    };

    private static SyscallRow[] Index()
    {
        SyscallRow[] rows = new SyscallRow[Length + 1];
        foreach (SyscallRow row in ClassicCalls().Concat(RecentCalls()))
        {
            rows[row.Number] = row;
        }

        return rows;
    }
}
