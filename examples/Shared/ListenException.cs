using System.Net;
using System.Net.Sockets;

namespace FlexSc.Examples.Shared;

/// <summary>An address could not be listened on.</summary>
internal sealed class ListenException(EndPoint endPoint, Exception? cause) : IOException(
    $"cannot listen on {endPoint}: {cause?.Message ?? "the reason was not told"}. {RemedyFor(endPoint)}", cause)
{
    private static string RemedyFor(EndPoint endPoint) => endPoint is UnixDomainSocketEndPoint
        ? "Choose another path with --unix-socket, or remove what is there."
        : "Choose a free port with --port (0 takes any) and an address of this machine with --host, or both with --listen.";
}
