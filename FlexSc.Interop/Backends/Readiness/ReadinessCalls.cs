using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// The calls that are tried without waiting and wait for an edge when that fails: what their arguments ask for, and how an attempt
/// is made.
/// </summary>
internal static unsafe class ReadinessCalls
{
    public static bool Accepts(ushort number) => number is NumberAccept or SyscallNumber.Accept4;

    /// <summary>True when a call that accepts sets O_NONBLOCK on the connection.</summary>
    public static bool AcceptsNonBlocking(in SyscallEntry entry) =>
        entry.Number == SyscallNumber.Accept4 && (entry.Argument3 & NonBlocking) != 0;

    /// <summary>True when the caller asks not to wait: -EAGAIN is a result, then.</summary>
    public static bool NeverWaits(in SyscallEntry entry) => (MessageFlagsOf(entry) & MessageDoNotWait) != 0;

    /// <summary>True when the call has nothing to move and so nothing to wait for.</summary>
    public static bool MovesNothing(in SyscallEntry entry) =>
        entry.Argument2 == 0 && (entry.Flags & EntryFlags.ProvidedBuffer) == 0
            && entry.Number is SyscallNumber.RecvFrom or SyscallNumber.SendTo or SyscallNumber.Read or SyscallNumber.Write;

    /// <summary>True when the call completes only with all bytes moved, the end of the stream, or an error.</summary>
    public static bool WantsAll(in SyscallEntry entry) => (MessageFlagsOf(entry) & MessageWaitAll) != 0;

    /// <summary>True when data stays where it was read.</summary>
    public static bool Peeks(in SyscallEntry entry) => (MessageFlagsOf(entry) & MessagePeek) != 0;

    /// <summary>True when the queue of errors is read and not waited for, IP_RECVERR of ip(7).</summary>
    public static bool ReadsErrorsNow(in SyscallEntry entry) =>
        entry.Number == SyscallNumber.RecvMsg && NeverWaits(entry) && (MessageFlagsOf(entry) & MessageErrorQueue) != 0;

    /// <summary>
    /// True for a connect to a UNIX socket: when the other side's backlog is full it answers EAGAIN without an edge to follow,
    /// so it is left to wait on a thread.
    /// </summary>
    public static bool ConnectsWithoutEdge(in SyscallEntry entry) =>
        entry.Number == SyscallNumber.Connect && entry.Argument1 != 0 && entry.Argument2 >= sizeof(ushort)
            && *(ushort*)entry.Argument1 == FamilyUnix;

    /// <summary>The call of one attempt: never waits, and goes on where the last attempt ended.</summary>
    public static SyscallEntry AttemptOf(in PendingCall call)
    {
        SyscallEntry attempt = call.Entry;
        switch (attempt.Number)
        {
            case SyscallNumber.RecvFrom:
                attempt.Argument1 += call.DoneBytes;
                attempt.Argument2 -= call.DoneBytes;
                attempt.Argument3 = (attempt.Argument3 & ~MessageWaitAll) | MessageDoNotWait;
                break;
            case SyscallNumber.SendTo:
                // Like io_uring, which never raises SIGPIPE for a send.
                attempt.Argument1 += call.DoneBytes;
                attempt.Argument2 -= call.DoneBytes;
                attempt.Argument3 = (attempt.Argument3 & ~MessageWaitAll) | MessageDoNotWait | MessageNoSignal;
                break;
            case SyscallNumber.RecvMsg:
                attempt.Argument1 = AddressOfMessage(call);
                attempt.Argument2 = (attempt.Argument2 & ~MessageWaitAll) | MessageDoNotWait;
                break;
            case SyscallNumber.SendMsg:
                attempt.Argument1 = AddressOfMessage(call);
                attempt.Argument2 = (attempt.Argument2 & ~MessageWaitAll) | MessageDoNotWait | MessageNoSignal;
                break;
        }

        return attempt;
    }

    private static long AddressOfMessage(in PendingCall call) =>
        call.Message == null ? call.Entry.Argument1 : (long)&call.Message->Header;

    private static long MessageFlagsOf(in SyscallEntry entry) => entry.Number switch
    {
        SyscallNumber.RecvFrom or SyscallNumber.SendTo => entry.Argument3,
        SyscallNumber.RecvMsg or SyscallNumber.SendMsg => entry.Argument2,
        _ => 0,
    };
}
