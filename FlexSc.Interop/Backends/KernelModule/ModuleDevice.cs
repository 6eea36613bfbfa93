using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// An open /dev/flexsc: one page set and the requests on it. Whoever disposes it has made sure that no thread is in
/// <see cref="Run"/> or <see cref="Wait"/>; a wake may come at any time.
/// </summary>
/// <exception cref="LinuxException">It cannot be opened; the text names the remedy.</exception>
internal sealed unsafe class ModuleDevice() : WakeDescriptor((int)Require("openat", Open()))
{
    private long _otherTraps;

    /// <summary>Requests made so far, by whatever thread.</summary>
    public long Traps => Wakes + Volatile.Read(ref _otherTraps);

    /// <summary>Makes the page set and maps it.</summary>
    /// <param name="pages">Syscall pages.</param>
    /// <param name="bufferRingCapacity">Slots of the buffer ring: a power of two, or 0 for none.</param>
    /// <exception cref="LinuxException">The module refuses, or mmap failed; the text names the remedy.</exception>
    public byte* Map(uint pages, uint bufferRingCapacity)
    {
        if (pages > FlexScAbi.MaxPages)
        {
            // By name it is refused earlier; this is a backend that was chosen.
            throw new LinuxException(
                Errno.Invalid, "ioctl FLEXSC_IOC_SETUP", $"{pages} pages", $"use at most {SyscallLoopOptions.MaxKernelModulePages} pages, or another backend than kernel-module");
        }

        ModuleSetup setup = new() { Version = FlexScAbi.Version, PageCount = pages, BufferRingCapacity = bufferRingCapacity };
        Require("ioctl FLEXSC_IOC_SETUP", Request(ModuleUapi.Setup, &setup));
        return (byte*)NativeMemoryMap.MapShared((nuint)setup.TotalBytes, FileDescriptor, 0, ModuleUapi.DevicePath);
    }

    /// <summary>The calling thread executes entries until <see cref="Stop"/>, which answers 0, or a signal: -EINTR.</summary>
    /// <param name="cpu">Core to run on; -1 leaves the thread's own.</param>
    /// <param name="spinMicroseconds">How long to look for work before sleeping.</param>
    public long Run(int cpu, uint spinMicroseconds)
    {
        ModuleRun run = new() { Cpu = cpu, SpinMicroseconds = spinMicroseconds };
        return Request(ModuleUapi.Run, &run);
    }

    /// <summary>Kicks the syscall threads when there is work for them, and waits. On the loop's thread.</summary>
    /// <param name="minCompletions">Completions that end the wait.</param>
    /// <param name="minWaitMicroseconds">Time after which one is enough; 0 waits for all.</param>
    /// <param name="timeoutNanoseconds">Longest wait; negative waits without end.</param>
    /// <exception cref="LinuxException">The module refuses.</exception>
    public void Wait(uint minCompletions, uint minWaitMicroseconds, long timeoutNanoseconds)
    {
        ModuleWait wait = new()
        {
            MinCompletions = minCompletions,
            MinWaitMicroseconds = minWaitMicroseconds,
            TimeoutNanoseconds = timeoutNanoseconds,
        };
        long answer = Request(ModuleUapi.Wait, &wait);

        // A signal ends a wait: the loop has its turn and waits anew.
        Require("ioctl FLEXSC_IOC_WAIT", answer == -Errno.Interrupted ? 0 : answer);
    }

    /// <summary>Has sleeping syscall threads look at the submission ring. On the loop's thread.</summary>
    /// <exception cref="LinuxException">The module refuses.</exception>
    public void Kick() => Require("ioctl FLEXSC_IOC_KICK", Request(ModuleUapi.Kick, null));

    /// <summary>Has every syscall thread leave, those that wait inside a call when it ends.</summary>
    public void Stop()
    {
        long answer = Request(ModuleUapi.Stop, null);
        Debug.Assert(answer >= 0, "FLEXSC_IOC_STOP failed");
    }

    /// <summary>The module's counters.</summary>
    /// <exception cref="LinuxException">The module refuses.</exception>
    public ModuleStatistics ReadStatistics()
    {
        ModuleStatistics statistics;
        Require("ioctl FLEXSC_IOC_STATS", Request(ModuleUapi.Stats, &statistics));
        return statistics;
    }

    protected override void Signal() => Require("ioctl FLEXSC_IOC_WAKE", Request(FileDescriptor, ModuleUapi.Wake, null));

    /// <summary>Opens the device: a descriptor or a negative errno.</summary>
    internal static long Open()
    {
        const long atCurrent = -100;
        const long readWriteCloseOnExec = 0x80002;
        fixed (byte* path = "/dev/flexsc\0"u8)
        {
            return RawSystemCall.Invoke(SyscallNumber.OpenAt, atCurrent, (long)path, readWriteCloseOnExec);
        }
    }

    /// <summary>A request on an open device: 0 or more, or a negative errno.</summary>
    internal static long Request(int fileDescriptor, uint request, void* argument) =>
        RawSystemCall.Invoke(ModuleUapi.NumberIoctl, fileDescriptor, request, (long)argument);

    internal static LinuxException Failure(string call, long answer) =>
        new((int)-answer, call, ModuleUapi.DevicePath, ModuleRemedies.Of(call, (int)-answer));

    private static long Require(string call, long answer) => answer < 0 ? throw Failure(call, answer) : answer;

    private long Request(uint request, void* argument)
    {
        Interlocked.Increment(ref _otherTraps);
        return Request(FileDescriptor, request, argument);
    }
}
