using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What an attempt's result means for its call: whether it waits, goes on or ends, and with what.</summary>
internal static unsafe class CallProgress
{
    /// <summary>True when the attempt answers that the call has to wait; whether the caller allows that is another question.</summary>
    public static bool WouldWait(in SyscallEntry entry, long result) =>
        result == -Errno.Again
            || (entry.Number == SyscallNumber.Connect && result is -Errno.InProgress or -Errno.Already or -Errno.Interrupted);

    /// <summary>True when a multishot call goes on after this result.</summary>
    public static bool MultishotGoesOn(in PendingCall call, long result) =>
        call.IsMultishot && (result > 0 || (result == 0 && !call.WantsBuffer));

    /// <summary>
    /// True when the call is to move all its bytes, may wait for it and has some left. It goes on then, if its socket is a stream of
    /// bytes.
    /// </summary>
    public static bool HasMoreToMove(in PendingCall call, long moved)
    {
        ref readonly SyscallEntry entry = ref call.Entry;
        if (moved <= 0 || !ReadinessCalls.WantsAll(entry) || ReadinessCalls.Peeks(entry) || ReadinessCalls.NeverWaits(entry))
        {
            return false;
        }

        ulong totalBytes = IsMessage(entry) ? MessageCopy.LengthOf((MessageHeader*)entry.Argument1) : (ulong)entry.Argument2;
        return (ulong)(call.DoneBytes + moved) < totalBytes;
    }

    /// <summary>Has the next attempt begin behind what this one moved.</summary>
    public static void Advance(ref PendingCall call, long moved)
    {
        call.DoneBytes += moved;
        if (IsMessage(call.Entry))
        {
            if (call.Message == null)
            {
                call.Message = MessageCopy.Create((MessageHeader*)call.Entry.Argument1);
            }

            MessageCopy.Advance(call.Message, (ulong)moved);
        }
    }

    /// <summary>What a call completes with: what was moved counts more than what ended it, as with the kernel's own calls.</summary>
    /// <param name="call">The call.</param>
    /// <param name="last">Result of its last attempt, or the negative errno of what ended it.</param>
    public static long ResultOf(in PendingCall call, long last) =>
        last > 0 ? last + call.DoneBytes : call.DoneBytes > 0 ? call.DoneBytes : last;

    private static bool IsMessage(in SyscallEntry entry) => entry.Number is SyscallNumber.SendMsg or SyscallNumber.RecvMsg;
}
