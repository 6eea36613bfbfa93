using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Readiness;

/// <summary>What a backend asks about descriptors and sets on them, by calls of its own. On the loop's thread.</summary>
internal sealed unsafe class DescriptorCalls(IAttempts attempts)
{
    /// <summary>0 when a number is open, or a negative errno.</summary>
    public long FindOpen(int fileDescriptor) => Math.Min(0, Invoke(NumberFcntl, fileDescriptor, GetDescriptorFlags));

    /// <summary>Sets O_NONBLOCK where it is not set.</summary>
    /// <returns>0 or a negative errno.</returns>
    public long SetNonBlocking(Descriptor descriptor)
    {
        long flags = Invoke(NumberFcntl, descriptor.FileDescriptor, GetStatusFlags);
        if (flags < 0)
        {
            return flags;
        }

        if ((flags & NonBlocking) == 0)
        {
            long answer = Invoke(NumberFcntl, descriptor.FileDescriptor, SetStatusFlags, flags | NonBlocking);
            if (answer < 0)
            {
                return answer;
            }
        }

        descriptor.IsNonBlocking = true;
        return 0;
    }

    /// <summary>Makes a connect that answers -EAGAIN instead of waiting; O_NONBLOCK is then as it was.</summary>
    /// <returns>The kernel's result, or <see cref="IAttempts.Pending"/> when it has to wait.</returns>
    public long TryConnect(in SyscallEntry call)
    {
        long flags = Invoke(NumberFcntl, call.Argument0, GetStatusFlags);
        if (flags < 0 || (flags & NonBlocking) != 0)
        {
            return flags < 0 ? flags : attempts.Execute(call);
        }

        long answer = Invoke(NumberFcntl, call.Argument0, SetStatusFlags, flags | NonBlocking);
        if (answer < 0)
        {
            return answer;
        }

        answer = attempts.Execute(call);
        _ = Invoke(NumberFcntl, call.Argument0, SetStatusFlags, flags);
        return answer == -Errno.Again ? IAttempts.Pending : answer;
    }

    /// <summary>True for a socket that may move the bytes of one send in several parts.</summary>
    public bool IsByteStream(Descriptor descriptor) => SocketOption(descriptor, OptionType) is TypeStream or TypeSequencedPackets;

    /// <summary>Finds out whether a descriptor whose calls wait for readiness is a TCP socket.</summary>
    public void FindProtocol(Descriptor descriptor)
    {
        bool isTcp = SocketOption(descriptor, OptionProtocol) == ProtocolTcp && SocketOption(descriptor, OptionType) == TypeStream;
        descriptor.Kind = isTcp ? DescriptorKind.Tcp : DescriptorKind.NotTcp;
    }

    /// <summary>The events of poll(2) that a descriptor has now, 0 when none of those asked for, or a negative errno.</summary>
    public long EventsNow(int fileDescriptor, short events)
    {
        PollDescriptor question = new() { FileDescriptor = fileDescriptor, Events = events };
        KernelTimespec atOnce = default;
        long answer;
        do
        {
            answer = Invoke(SyscallNumber.PPoll, (long)&question, 1, (long)&atOnce);
        }
        while (answer == -Errno.Interrupted);

        if (answer < 0)
        {
            return answer;
        }

        return (question.ReturnedEvents & PollInvalid) != 0 ? -Errno.BadDescriptor : (ushort)question.ReturnedEvents;
    }

    /// <summary>Whether a receive would get something: positive, 0 at the end, -EAGAIN or another negative errno.</summary>
    public long PeekByte(int fileDescriptor)
    {
        byte data;
        return Invoke(SyscallNumber.RecvFrom, fileDescriptor, (long)&data, 1, MessagePeek | MessageDoNotWait);
    }

    private long SocketOption(Descriptor descriptor, int option)
    {
        int value = 0;
        int valueBytes = sizeof(int);
        long answer = Invoke(SyscallNumber.GetSockOpt, descriptor.FileDescriptor, SocketLevel, option, (long)&value, (long)&valueBytes);
        return answer < 0 ? answer : value;
    }

    private long Invoke(ushort number, long argument0, long argument1 = 0, long argument2 = 0, long argument3 = 0, long argument4 = 0) =>
        attempts.Execute(SyscallEntry.Of(number, argument0, argument1, argument2, argument3, argument4));
}
