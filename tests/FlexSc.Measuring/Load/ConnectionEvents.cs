using System.Runtime.InteropServices;
using FlexSc.Measuring.Machine;
using Tmds.Linux;

namespace FlexSc.Measuring.Load;

/// <summary>What has arrived on many connections, told to one thread by epoll(7): a generator has to cost less than the server.</summary>
internal sealed unsafe class ConnectionEvents : IDisposable
{
    private const int EventsPerWait = 256;
    private const long NsPerSecond = 1_000_000_000;

    private readonly epoll_event[] _events = GC.AllocateArray<epoll_event>(EventsPerWait, pinned: true);
    private readonly int _epoll;

    /// <exception cref="MeasurementException">The kernel has no room for it.</exception>
    public ConnectionEvents()
    {
        _epoll = LibC.epoll_create1(LibC.EPOLL_CLOEXEC);
        if (_epoll < 0)
        {
            throw new MeasurementException($"epoll_create1 failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>The connection of an event of the last <see cref="Wait"/>, as it was added.</summary>
    public int this[int index] => (int)_events[index].data.u32;

    /// <summary>Has a connection's arrivals told.</summary>
    /// <exception cref="MeasurementException">The kernel refused.</exception>
    public void Add(int fileDescriptor, int connection)
    {
        epoll_event watch = default;
        watch.events = LibC.EPOLLIN;
        watch.data.u32 = (uint)connection;
        if (LibC.epoll_ctl(_epoll, LibC.EPOLL_CTL_ADD, fileDescriptor, &watch) != 0)
        {
            throw new MeasurementException($"epoll_ctl of connection {connection} failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Waits for arrivals; 0 looks only.</summary>
    /// <returns>How many there are; 0 or less when the time has passed.</returns>
    public int Wait(long nanoseconds)
    {
        epoll_event* events = (epoll_event*)Marshal.UnsafeAddrOfPinnedArrayElement(_events, 0);
        if (nanoseconds <= 0)
        {
            return LibC.epoll_wait(_epoll, events, EventsPerWait, 0);
        }

        NativeCalls.TimeSpec limit = new() { Seconds = nanoseconds / NsPerSecond, Nanoseconds = nanoseconds % NsPerSecond };
        return NativeCalls.EpollWait(_epoll, events, EventsPerWait, &limit, null);
    }

    public void Dispose() => _ = LibC.close(_epoll);
}
