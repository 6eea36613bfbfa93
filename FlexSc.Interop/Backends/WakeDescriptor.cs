using System.Diagnostics;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Interop.Backends;

/// <summary>
/// A descriptor by which other threads end a loop's wait: a wake that comes before the wait ends it at once. Owned by the loop, which
/// may close it while others are about to wake.
/// </summary>
internal abstract class WakeDescriptor(int fileDescriptor) : IDisposable
{
    private readonly Lock _gate = new();
    private long _wakes;
    private bool _closed;

    public int FileDescriptor => fileDescriptor;

    /// <summary>Wakes so far, each a trap. From any thread.</summary>
    public long Wakes => Volatile.Read(ref _wakes);

    /// <summary>Wakes the loop; nothing once disposed. From any thread.</summary>
    /// <exception cref="LinuxException">The kernel refuses.</exception>
    public void Wake()
    {
        // A wake may come while the loop ends; the descriptor's number may then belong to someone else.
        lock (_gate)
        {
            if (!_closed)
            {
                _wakes++;
                Signal();
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
                int closed = LibC.close(fileDescriptor);
                Debug.Assert(closed == 0, "close of the descriptor that wakes the loop failed");
            }
        }
    }

    /// <summary>Makes the call that ends the wait.</summary>
    protected abstract void Signal();
}
