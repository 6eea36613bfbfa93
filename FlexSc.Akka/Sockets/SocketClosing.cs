using FlexSc.Interop.Calls;

namespace FlexSc.Akka.IO;

/// <summary>Closes sockets without a loop: those that no call was made on, and those of a loop that takes no calls any more.</summary>
internal static class SocketClosing
{
    /// <summary>Closes at once. From any thread.</summary>
    /// <param name="socket">The descriptor; it is gone afterwards.</param>
    /// <param name="reset">Whether the peer sees a reset.</param>
    public static void CloseNow(int socket, bool reset = false) => ImmediateCalls.CloseWithoutLoop(socket, reset);
}
