using System.Diagnostics;
using FlexSc.Interop.Linux;
using FlexSc.Interop.Page;
using Tmds.Linux;

namespace FlexSc.Interop.Backends.KernelModule;

/// <summary>
/// An open /dev/flexsc: one page set and the requests on it. Whoever disposes it has made sure that no thread is in
/// <see cref="Run"/> or <see cref="Wait"/>; <see cref="Wake"/> may come at any time.
/// </summary>
internal sealed unsafe class ModuleDevice : IDisposable
{
    private readonly Lock _wakeGate = new();
    private readonly int _fileDescriptor;
    private long _waits;
    private long _otherTraps;
    private bool _disposed;

    /// <exception cref="LinuxException">It cannot be opened; the text names the remedy.</exception>
    public ModuleDevice()
    {
        long answer = Open();
        if (answer < 0)
        {
            throw Failure("openat", answer);
        }

        _fileDescriptor = (int)answer;
    }

    /// <summary>Requests made so far, by whatever thread.</summary>
    public long Traps => _waits + Volatile.Read(ref _otherTraps);

    /// <summary>Makes the page set and answers its bytes.</summary>
    /// <param name="pages">Syscall pages.</param>
    /// <param name="bufferRingCapacity">Slots of the buffer ring: a power of two, or 0 for none.</param>
    /// <exception cref="LinuxException">The module refuses; the text names the remedy.</exception>
    public nuint Setup(uint pages, uint bufferRingCapacity)
    {
        ModuleSetup setup = new() { Version = FlexScAbi.Version, PageCount = pages, BufferRingCapacity = bufferRingCapacity };
        Interlocked.Increment(ref _otherTraps);
        long answer = Request(ModuleUapi.Setup, &setup);
        return answer < 0 ? throw Failure("ioctl FLEXSC_IOC_SETUP", answer) : (nuint)setup.TotalBytes;
    }

    /// <summary>Maps the page set.</summary>
    /// <exception cref="LinuxException">mmap failed.</exception>
    public byte* Map(nuint bytes) => (byte*)NativeMemoryMap.MapShared(bytes, _fileDescriptor, 0, ModuleUapi.DevicePath);

    /// <summary>The calling thread executes entries until <see cref="Stop"/>, which answers 0, or a signal: -EINTR.</summary>
    /// <param name="cpu">Core to run on; -1 leaves the thread's own.</param>
    /// <param name="spinMicroseconds">How long to look for work before sleeping.</param>
    public long Run(int cpu, uint spinMicroseconds)
    {
        ModuleRun run = new() { Cpu = cpu, SpinMicroseconds = spinMicroseconds };
        Interlocked.Increment(ref _otherTraps);
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
        _waits++;
        long answer = Request(ModuleUapi.Wait, &wait);

        // A signal ends a wait: the loop has its turn and waits anew.
        if (answer < 0 && answer != -Errno.Interrupted)
        {
            throw Failure("ioctl FLEXSC_IOC_WAIT", answer);
        }
    }

    /// <summary>Has sleeping syscall threads look at the submission ring. On the loop's thread.</summary>
    /// <exception cref="LinuxException">The module refuses.</exception>
    public void Kick()
    {
        _waits++;
        long answer = Request(ModuleUapi.Kick, null);
        if (answer < 0)
        {
            throw Failure("ioctl FLEXSC_IOC_KICK", answer);
        }
    }

    /// <summary>Ends a wait, from any thread; nothing once disposed.</summary>
    /// <exception cref="LinuxException">The module refuses.</exception>
    public void Wake()
    {
        // A wake may come while the loop ends; the descriptor's number may then belong to someone else.
        lock (_wakeGate)
        {
            if (_disposed)
            {
                return;
            }

            Interlocked.Increment(ref _otherTraps);
            long answer = Request(ModuleUapi.Wake, null);
            if (answer < 0)
            {
                throw Failure("ioctl FLEXSC_IOC_WAKE", answer);
            }
        }
    }

    /// <summary>Has every syscall thread leave, those that wait inside a call when it ends.</summary>
    public void Stop()
    {
        Interlocked.Increment(ref _otherTraps);
        long answer = Request(ModuleUapi.Stop, null);
        Debug.Assert(answer >= 0, "FLEXSC_IOC_STOP failed");
    }

    /// <summary>The module's counters.</summary>
    /// <exception cref="LinuxException">The module refuses.</exception>
    public ModuleStatistics ReadStatistics()
    {
        ModuleStatistics statistics;
        Interlocked.Increment(ref _otherTraps);
        long answer = Request(ModuleUapi.Stats, &statistics);
        return answer < 0 ? throw Failure("ioctl FLEXSC_IOC_STATS", answer) : statistics;
    }

    public void Dispose()
    {
        lock (_wakeGate)
        {
            if (!_disposed)
            {
                _disposed = true;
                int closed = LibC.close(_fileDescriptor);
                Debug.Assert(closed == 0, "close of the device failed");
            }
        }
    }

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

    private long Request(uint request, void* argument) => Request(_fileDescriptor, request, argument);
}
