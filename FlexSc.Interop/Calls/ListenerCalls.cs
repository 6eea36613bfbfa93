using FlexSc.Interop.Linux;
using FlexSc.Interop.Loop;
using FlexSc.Interop.Page;

namespace FlexSc.Interop.Calls;

/// <summary>
/// What can be done to a listening socket while the loop that accepts on it does nothing, by ordinary calls that never wait. From any thread
/// that knows that the descriptor is not closed meanwhile.
/// </summary>
public static class ListenerCalls
{
    private const long CloseOnExec = 0x80000; // SOCK_CLOEXEC
    private const long NonBlocking = 0x800; // SOCK_NONBLOCK
    private const long BothWays = 2; // SHUT_RDWR

    /// <summary>Takes a connection that waits; accept4(2). The descriptor is non-blocking and closed on exec.</summary>
    /// <param name="listener">A listening socket that is non-blocking itself.</param>
    /// <returns>Its descriptor, or a negative errno: -EAGAIN where none waits.</returns>
    public static long AcceptWithoutLoop(int listener) => LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
    {
        Number = SyscallNumber.Accept4,
        Argument0 = listener,
        Argument3 = NonBlocking | CloseOnExec,
    });

    /// <summary>
    /// Ends the listening and leaves the socket open; shutdown(2). Connections that wait are reset, accepts in flight fail, and another
    /// socket may bind to the address by SO_REUSEADDR.
    /// </summary>
    /// <returns>0 or a negative errno.</returns>
    public static long EndListening(int listener) => LoopEnvironment.Ambient.CallDirectly(new SyscallEntry
    {
        Number = SyscallNumber.Shutdown,
        Argument0 = listener,
        Argument1 = BothWays,
    });
}
