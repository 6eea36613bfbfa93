using FlexSc.Interop.Linux;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>
/// What ends a descriptor and what begins the next one of its number. No call may reach an owner that it was not made for.
/// On the loop's thread.
/// </summary>
/// <param name="descriptors">The descriptors.</param>
/// <param name="calls">The calls on them.</param>
/// <param name="cancelAllOn">Cancels the calls on a descriptor: those that are not in flight end at once.</param>
internal sealed class DescriptorOwners(
    DescriptorTable descriptors, PendingCalls calls, Action<Descriptor> cancelAllOn)
{
    /// <summary>For each call that ends descriptors: how many of them it waits for.</summary>
    private readonly int[] _descriptorsLeft = new int[calls.Count];

    /// <summary>
    /// Begins a call that ends descriptors. Calls on them are cancelled and completed before it, or they might reach the numbers'
    /// next owners.
    /// </summary>
    /// <returns>True when it may be made now. False when it waits for calls in flight, or has completed.</returns>
    public bool TryStartClose(int index, in DescriptorRange ended)
    {
        if (calls[index].Entry.Number == SyscallNumber.Close && descriptors.Find((int)ended.First) is { ClosingEntry: >= 0 })
        {
            calls.Complete(index, -Errno.BadDescriptor);
            return false;
        }

        int left = 0;
        foreach (Descriptor descriptor in descriptors.In(ended))
        {
            cancelAllOn(descriptor);
            if (descriptor.CallsInFlight > 0 && descriptor.ClosingEntry < 0)
            {
                descriptor.ClosingEntry = index;
                left++;
            }
        }

        _descriptorsLeft[index] = left;
        calls[index].Phase = CallPhase.Closing;
        return left == 0;
    }

    /// <summary>A call in flight on a descriptor that is to end has ended. True when the call that ends it may be made now.</summary>
    public bool TryFinishClose(Descriptor descriptor, out int index)
    {
        index = descriptor.ClosingEntry;
        if (descriptor.CallsInFlight > 0)
        {
            return false;
        }

        descriptor.ClosingEntry = -1;
        return --_descriptorsLeft[index] == 0;
    }

    /// <summary>The numbers are about to be given away.</summary>
    public void Reset(in DescriptorRange ended)
    {
        foreach (Descriptor descriptor in descriptors.In(ended))
        {
            descriptor.Reset();
        }
    }

    /// <summary>A call of this loop made a descriptor.</summary>
    /// <returns>Null when the number is not open any more.</returns>
    public Descriptor? TakeOver(int fileDescriptor)
    {
        if (!descriptors.TryGet(fileDescriptor, out Descriptor descriptor, out _))
        {
            // Another thread closed what we were just given: not ours any more, and the next call on it says so.
            return null;
        }

        // The number's last owner was closed behind our back when a call still waits on it.
        cancelAllOn(descriptor);
        descriptor.Reset();
        descriptor.IsOwn = true;
        return descriptor;
    }
}
