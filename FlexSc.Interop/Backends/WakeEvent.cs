using System.Diagnostics;
using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Interop.Backends;

/// <summary>The eventfd(2) by which other threads end a loop's wait: a wake that comes before the wait ends it at once.</summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly Lock _gate = new();
    private long _wakes;
    private bool _closed;

    /// <exception cref="LinuxException">eventfd failed.</exception>
    /// <param name="nonBlocking">A read of it that finds nothing answers EAGAIN.</param>
    public WakeEvent(bool nonBlocking)
    {
        FileDescriptor = LibC.eventfd(0, nonBlocking ? LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK : LibC.EFD_CLOEXEC);
        if (FileDescriptor < 0)
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "eventfd", "the loop's wake-up", "raise RLIMIT_NOFILE with ulimit -n");
        }
    }

    public int FileDescriptor { get; }

    /// <summary>Wakes so far, each a trap. From any thread.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    /// <summary>Wakes the loop; nothing once disposed. From any thread.</summary>
    public void Set()
    {
        // A wake may come while the loop ends; the descriptor's number may then belong to someone else.
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            _wakes++;
            ulong one = 1;
            ssize_t written = LibC.write(FileDescriptor, &one, sizeof(ulong));
            if (written != sizeof(ulong))
            {
                throw new LinuxException(Marshal.GetLastPInvokeError(), "write", "the loop's wake-up eventfd");
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (!_closed)
            {
                _closed = true;
                int closed = LibC.close(FileDescriptor);
                Debug.Assert(closed == 0, "close of the wake-up eventfd failed");
            }
        }
    }
}
