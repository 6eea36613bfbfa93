using FlexSc.Interop.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What a backend asks about descriptors and sets on them, by calls of its own. On the loop's thread.</summary>
internal sealed unsafe class DescriptorCalls
{
    /// <summary>System calls made.</summary>
    public long Traps { get; private set; }

    /// <summary>Sets O_NONBLOCK where it is not set.</summary>
    /// <returns>0 or a negative errno.</returns>
    public long SetNonBlocking(Descriptor descriptor)
    {
        Traps++;
        long flags = RawSystemCall.Invoke(NumberFcntl, descriptor.FileDescriptor, GetStatusFlags);
        if (flags < 0)
        {
            return flags;
        }

        if ((flags & NonBlocking) == 0)
        {
            Traps++;
            long answer = RawSystemCall.Invoke(NumberFcntl, descriptor.FileDescriptor, SetStatusFlags, flags | NonBlocking);
            if (answer < 0)
            {
                return answer;
            }
        }

        descriptor.IsNonBlocking = true;
        return 0;
    }

    /// <summary>True for a socket that may move the bytes of one send in several parts.</summary>
    public bool IsByteStream(Descriptor descriptor) => SocketOption(descriptor, OptionType) is TypeStream or TypeSequencedPackets;

    /// <summary>An option of a socket, or a negative errno.</summary>
    public long SocketOption(Descriptor descriptor, int option)
    {
        int value = 0;
        int valueBytes = sizeof(int);
        Traps++;
        long answer = RawSystemCall.Invoke(
            SyscallNumber.GetSockOpt, descriptor.FileDescriptor, SocketLevel, option, (long)&value, (long)&valueBytes);
        return answer < 0 ? answer : value;
    }
}
