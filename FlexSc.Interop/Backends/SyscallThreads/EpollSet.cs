using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Backends.Readiness;
using FlexSc.Interop.Linux;
using Tmds.Linux;
using static FlexSc.Interop.Backends.Readiness.ReadinessUapi;

namespace FlexSc.Interop.Backends.SyscallThreads;

/// <summary>The epoll instance of a loop, see epoll(7). On the loop's thread.</summary>
internal sealed unsafe class EpollSet : IEdgeSet, IDisposable
{
    /// <summary>
    /// All that a descriptor can tell, once and for good: the edges of both directions, so that no request needs another
    /// epoll_ctl.
    /// </summary>
    private const uint Interest =
        EventIn | EventOut | EventPriority | EventReadHangUp | EdgeTriggered;

    /// <summary>Events taken at once; what is more comes with the next wait.</summary>
    private const int EventsPerWait = 256;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private static readonly EpollEventLayout Layout = EpollEventLayout.OfMachine;

    private readonly int _fileDescriptor;
    private readonly byte* _events;
    private bool _lacksPWait2;
    private bool _disposed;

    /// <exception cref="LinuxException">epoll_create1 failed.</exception>
    public EpollSet()
    {
        long answer = RawSystemCall.Invoke(NumberEpollCreate1, EpollCloseOnExec);
        if (answer < 0)
        {
            throw new LinuxException((int)-answer, "epoll_create1", "the loop's readiness", "raise RLIMIT_NOFILE with ulimit -n");
        }

        _fileDescriptor = (int)answer;
        _events = (byte*)NativeMemory.Alloc(EventsPerWait, (nuint)Layout.Bytes);
    }

    /// <summary>System calls made.</summary>
    public long Traps { get; private set; }

    /// <summary>How many events the last wait brought.</summary>
    public int EventCount { get; private set; }

    /// <summary>One of the events of the last wait.</summary>
    public (uint Events, ulong Data) EventAt(int index)
    {
        Debug.Assert((uint)index < (uint)EventCount, "no such event");
        return Layout.Read(_events, index);
    }

    public long Add(int fileDescriptor, ulong data) => Control(EpollAdd, fileDescriptor, data);

    public long Modify(int fileDescriptor, ulong data) => Control(EpollModify, fileDescriptor, data);

    // -ENOENT where the number was closed meanwhile: then it has left by itself.
    public void Remove(int fileDescriptor) => _ = Control(EpollDelete, fileDescriptor, 0);

    /// <summary>Collects events.</summary>
    /// <param name="timeoutNanoseconds">Longest wait; 0 does not wait, negative waits without end.</param>
    /// <exception cref="LinuxException">The set is unusable.</exception>
    public void Wait(long timeoutNanoseconds)
    {
        long answer = timeoutNanoseconds > 0 ? WaitAtMost(timeoutNanoseconds) : WaitMilliseconds(timeoutNanoseconds < 0 ? -1 : 0);

        // EINTR ends a wait: the loop has its turn and waits anew.
        if (answer < 0 && answer != -Errno.Interrupted)
        {
            throw new LinuxException((int)-answer, "epoll_pwait", $"epoll descriptor {_fileDescriptor}");
        }

        EventCount = (int)Math.Max(0, answer);
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            int closed = LibC.close(_fileDescriptor);
            Debug.Assert(closed == 0, "close of the epoll descriptor failed");
            NativeMemory.Free(_events);
        }
    }

    private long Control(int operation, int fileDescriptor, ulong data)
    {
        Traps++;
        byte* request = stackalloc byte[EpollEventLayout.MostBytes];
        Layout.Write(request, Interest, data);
        return RawSystemCall.Invoke(NumberEpollControl, _fileDescriptor, operation, fileDescriptor, (long)request);
    }

    private long WaitAtMost(long nanoseconds)
    {
        if (!_lacksPWait2)
        {
            Traps++;
            KernelTimespec time = new() { Seconds = nanoseconds / NanosecondsPerSecond, Nanoseconds = nanoseconds % NanosecondsPerSecond };
            long answer = RawSystemCall.Invoke(NumberEpollPWait2, _fileDescriptor, (long)_events, EventsPerWait, (long)&time);
            if (answer is not (-Errno.NoSystemCall or -Errno.NotPermitted))
            {
                return answer;
            }

            // Before Linux 5.11, and under seccomp filters older than the call.
            _lacksPWait2 = true;
        }

        // Rounded up: a timer must not find that it is not yet due, turn after turn.
        return WaitMilliseconds((int)Math.Min(int.MaxValue, (nanoseconds + NanosecondsPerMillisecond - 1) / NanosecondsPerMillisecond));
    }

    private long WaitMilliseconds(int milliseconds)
    {
        Traps++;
        return RawSystemCall.Invoke(SyscallNumber.EpollPWait, _fileDescriptor, (long)_events, EventsPerWait, milliseconds);
    }
}
