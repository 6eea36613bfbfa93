using FlexSc.Interop.Page;

namespace FlexSc.Interop.Loop;

/// <content>Calls without an entry.</content>
public sealed partial class SyscallLoop
{
    /// <summary>
    /// Makes a call that answers at once, without an entry and outside of the batch: for giving back what there is no entry, descriptor
    /// or memory for, which must need none of them, and for a rare look. On the loop's thread; from any once the loop was ended by an
    /// error. No call may be in flight on a descriptor that it closes.
    /// </summary>
    /// <returns>The kernel's result: a negative errno on failure.</returns>
    internal long CallNow(int number, long argument0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0)
    {
        if (!HasFailed)
        {
            RequireOwnThread();
        }

        return _backend.ExecuteNow(SyscallEntry.Of((ushort)number, argument0, argument1, argument2, argument3, argument4));
    }

    /// <summary>
    /// Gives a descriptor that a call of this loop made to another loop or thread, which uses and closes it from now on. On the loop's
    /// thread; no call may be in flight on it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Called from another thread.</exception>
    public void HandOver(int fileDescriptor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fileDescriptor);
        RequireOwnThread();
        _backend.Disown(fileDescriptor);
    }
}
