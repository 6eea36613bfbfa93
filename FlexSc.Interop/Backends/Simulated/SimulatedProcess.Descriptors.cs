using System.Buffers;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.Simulated;

/// <content>Calls on descriptors of any kind. Numbers are those of x86-64.</content>
internal sealed partial class SimulatedProcess
{
    private const ushort NumberLseek = 8;
    private const ushort NumberDup = 32;
    private const ushort NumberClockGetTime = 228;
    private const ushort NumberEventCounter = 290;
    private const ushort NumberPipe2 = 293;
    private const long EventSemaphore = 1;
    private const long CloseRangeCloseOnExec = 0x4;

    /// <summary>Bytes that a call on several vectors moves at once: it may answer with fewer than asked for, as calls do.</summary>
    private const int MostVectorBytes = 256 * 1024;

    private long? DescriptorCall(in SyscallEntry entry)
    {
        switch (entry.Number)
        {
            case SyscallNumber.Read:
                return Find(entry.Argument0) is { } read
                    ? Moved(UserMemory.Check(entry.Argument1, entry.Argument2), read, entry, reads: true) : -Errno.BadDescriptor;
            case SyscallNumber.Write:
                return Find(entry.Argument0) is { } written
                    ? Moved(UserMemory.Check(entry.Argument1, entry.Argument2), written, entry, reads: false) : -Errno.BadDescriptor;
            case SyscallNumber.ReadV:
                return Find(entry.Argument0) is { } readVector ? MoveVectors(readVector, entry, reads: true) : -Errno.BadDescriptor;
            case SyscallNumber.WriteV:
                return Find(entry.Argument0) is { } writeVector ? MoveVectors(writeVector, entry, reads: false) : -Errno.BadDescriptor;
            case SyscallNumber.Close:
                return Close(entry.Argument0);
            case SyscallNumber.CloseRange:
                return CloseRange((uint)entry.Argument0, (uint)entry.Argument1, entry.Argument2);
            case NumberDup:
                return Find(entry.Argument0) is { } duplicated ? Open(duplicated) : -Errno.BadDescriptor;
            case SyscallNumber.Dup2 or SyscallNumber.Dup3:
                return Replace(entry);
            case NumberFcntl:
                return Control(entry);
            case NumberPipe2:
                return MakePipe(entry);
            case NumberEventCounter:
                return CheckRoom() is < 0 and var room
                    ? room : Open(new EventCounter(kernel, this, (uint)entry.Argument0, (entry.Argument1 & EventSemaphore) != 0));
            case NumberLseek:
                return Seek(entry);
            case SyscallNumber.PPoll:
                return Poll(entry);
            case SyscallNumber.GetPid:
                return id;
            case NumberClockGetTime:
                UserMemory.At<NativeTime>(entry.Argument1) = new NativeTime
                {
                    Seconds = entry.Argument0 == 0 ? kernel.Clock.UnixSeconds : kernel.Clock.NowNs / kernel.Clock.TimestampFrequency,
                    Nanoseconds = (uint)(kernel.Clock.NowNs % kernel.Clock.TimestampFrequency),
                };
                return 0;
            default:
                return null;
        }
    }

    private static long Moved(long error, OpenDescription description, in SyscallEntry entry, bool reads)
    {
        if (error != 0)
        {
            return error;
        }

        Span<byte> memory = UserMemory.Bytes(entry.Argument1, entry.Argument2);
        return reads ? description.Read(memory) : description.Write(memory);
    }

    private static long MoveVectors(OpenDescription description, in SyscallEntry entry, bool reads)
    {
        int bytes = (int)Math.Min(UserMemory.LengthOf(entry.Argument1, entry.Argument2), MostVectorBytes);
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, bytes));
        try
        {
            Span<byte> memory = rented.AsSpan(0, bytes);
            if (!reads)
            {
                UserMemory.Gather(entry.Argument1, entry.Argument2, memory);
                return description.Write(memory);
            }

            long moved = description.Read(memory);
            UserMemory.Scatter(entry.Argument1, entry.Argument2, memory[..(int)Math.Max(0, moved)]);
            return moved;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private long Close(long fileDescriptor)
    {
        if (Find(fileDescriptor) is null)
        {
            return -Errno.BadDescriptor;
        }

        Remove((int)fileDescriptor - FirstDescriptor)!.Release();

        // It is closed whatever close(2) answers.
        return kernel.Random.Chance(kernel.Profile.InterruptedPerMillion) ? -Errno.Interrupted : 0;
    }

    private long CloseRange(uint first, uint last, long flags)
    {
        if (first > last)
        {
            return -Errno.Invalid;
        }

        bool staysOpen = (flags & CloseRangeCloseOnExec) != 0;
        for (long number = Math.Max(first, FirstDescriptor); !staysOpen && number <= last && number - FirstDescriptor < _descriptors.Count; number++)
        {
            Remove((int)number - FirstDescriptor)?.Release();
        }

        return 0;
    }

    private long Replace(in SyscallEntry entry)
    {
        int target = (int)entry.Argument1;
        if (Find(entry.Argument0) is not { } description || target < FirstDescriptor || target >= DescriptorLimit)
        {
            return -Errno.BadDescriptor;
        }

        if (entry.Argument0 == target)
        {
            return entry.Number == SyscallNumber.Dup2 ? target : -Errno.Invalid;
        }

        OpenDescription? before = Find(target);
        Put(target - FirstDescriptor, description);
        before?.Release();
        return target;
    }

    private long Control(in SyscallEntry entry)
    {
        const long setDescriptorFlags = 2;
        const long duplicateCloseOnExec = 1030;
        if (Find(entry.Argument0) is not { } description)
        {
            return -Errno.BadDescriptor;
        }

        switch (entry.Argument1)
        {
            case GetDescriptorFlags or setDescriptorFlags:
                return 0;
            case GetStatusFlags:
                return description.IsNonBlocking ? NonBlocking : 0;
            case SetStatusFlags:
                description.IsNonBlocking = (entry.Argument2 & NonBlocking) != 0;
                return 0;
            case 0 or duplicateCloseOnExec:
                return Open(description, Math.Max(FirstDescriptor, (int)entry.Argument2));
            default:
                return -Errno.Invalid;
        }
    }

    /// <summary>What descriptors are ready for now, ppoll(2) with no time to wait.</summary>
    private unsafe long Poll(in SyscallEntry entry)
    {
        const uint always = OpenDescription.Error | OpenDescription.HangUp;
        int ready = 0;
        foreach (ref PollDescriptor asked in new Span<PollDescriptor>((void*)entry.Argument0, (int)entry.Argument1))
        {
            asked.ReturnedEvents = Find(asked.FileDescriptor) is { } description
                ? (short)(description.Events & ((ushort)asked.Events | always)) : PollInvalid;
            ready += asked.ReturnedEvents != 0 ? 1 : 0;
        }

        return ready;
    }

    private long MakePipe(in SyscallEntry entry)
    {
        if (CheckRoom() is < 0 and var room)
        {
            return room;
        }

        (PipeEnd readEnd, PipeEnd writeEnd) = PipeEnd.Make(kernel, this);
        readEnd.IsNonBlocking = writeEnd.IsNonBlocking = (entry.Argument1 & NonBlocking) != 0;
        return OpenPair(readEnd, writeEnd, entry.Argument0);
    }

    private long OpenPair(OpenDescription first, OpenDescription second, long address)
    {
        long firstNumber = Open(first);
        if (firstNumber < 0)
        {
            return firstNumber;
        }

        long secondNumber = Open(second);
        if (secondNumber < 0)
        {
            Remove((int)firstNumber - FirstDescriptor)!.Release();
            return secondNumber;
        }

        UserMemory.At<(int, int)>(address) = ((int)firstNumber, (int)secondNumber);
        return 0;
    }

    private long Seek(in SyscallEntry entry)
    {
        if (Find(entry.Argument0) is not FileDescription file)
        {
            return Find(entry.Argument0) is null ? -Errno.BadDescriptor : -RareErrno.IllegalSeek;
        }

        long position = entry.Argument2 switch
        {
            0 => entry.Argument1,
            1 => file.Position + entry.Argument1,
            2 => file.Node.Length + entry.Argument1,
            _ => -1,
        };
        if (position < 0)
        {
            return -Errno.Invalid;
        }

        file.Position = position;
        return position;
    }
}
