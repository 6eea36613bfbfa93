using System.Runtime.InteropServices;
using FlexSc.Interop.Linux;
using Tmds.Linux;

namespace FlexSc.Interop.Backends;

/// <summary>The eventfd(2) of a loop whose backend has no wake-up of its own.</summary>
/// <param name="nonBlocking">A read of it that finds nothing answers EAGAIN.</param>
/// <exception cref="LinuxException">eventfd failed.</exception>
internal sealed unsafe class WakeEvent(bool nonBlocking) : WakeDescriptor(Open(nonBlocking))
{
    protected override void Signal()
    {
        ulong one = 1;
        ssize_t written = LibC.write(FileDescriptor, &one, sizeof(ulong));
        if (written != sizeof(ulong))
        {
            throw new LinuxException(Marshal.GetLastPInvokeError(), "write", "the loop's wake-up eventfd");
        }
    }

    private static int Open(bool nonBlocking)
    {
        int answer = LibC.eventfd(0, nonBlocking ? LibC.EFD_CLOEXEC | LibC.EFD_NONBLOCK : LibC.EFD_CLOEXEC);
        return answer >= 0 ? answer
            : throw new LinuxException(Marshal.GetLastPInvokeError(), "eventfd", "the loop's wake-up", "raise RLIMIT_NOFILE with ulimit -n");
    }
}
