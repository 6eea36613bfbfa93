using System.Runtime.InteropServices;

namespace FlexSc.Interop.Calls;

/// <summary>
/// Sending by an ordinary call on the caller's thread, for a single short one that is not worth waking a loop for. Beside a loop it is
/// right only as long as the loop has no send of that socket in flight and does not close it: the order of several sends is not
/// defined, and a number that is closed may be another's. See <see cref="Loop.SyscallLoop.HasThread"/>.
/// </summary>
public static unsafe partial class SocketNow
{
    private const int DontWait = 0x40; // MSG_DONTWAIT
    private const int NoSignal = 0x4000; // MSG_NOSIGNAL

    /// <summary>Sends what the socket takes without waiting; send(2) with MSG_DONTWAIT and MSG_NOSIGNAL. From any thread.</summary>
    /// <returns>Bytes taken, maybe fewer than given, or a negative errno: -EAGAIN when there is no room.</returns>
    public static long Send(int socket, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            nint result = SendNative(socket, start, (nuint)bytes.Length, DontWait | NoSignal);
            return result >= 0 ? result : -Marshal.GetLastPInvokeError();
        }
    }

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint SendNative(int socket, byte* bytes, nuint count, int flags);
}
