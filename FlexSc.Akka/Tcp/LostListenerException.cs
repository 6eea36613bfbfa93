using System.Net;
using FlexSc.Interop.Calls;
using FlexSc.Interop.Linux;

namespace FlexSc.Akka.IO;

/// <summary>The loop that accepted was ended by an error, and the listening socket was closed with it.</summary>
/// <param name="loopName">The loop.</param>
/// <param name="localAddress">What the socket was bound to.</param>
/// <param name="waiting">Connections that waited to be accepted; the kernel resets them.</param>
internal sealed class LostListenerException(string loopName, EndPoint localAddress, int waiting)
    : InvalidOperationException($"the loop '{loopName}' that accepts on {localAddress} was ended by an error")
{
    public EndPoint LocalAddress => localAddress;

    public int WaitingConnections => waiting;

    /// <summary>Connections of a listening socket that wait to be accepted; 0 for a socket of a kind that does not tell.</summary>
    public static int CountWaiting(int listener)
    {
        try
        {
            return SocketQueues.WaitingConnections(listener);
        }
        catch (LinuxException)
        {
            return 0;
        }
    }
}
