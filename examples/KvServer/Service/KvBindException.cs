using System.Net;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The port could not be listened on.</summary>
internal sealed class KvBindException(EndPoint endPoint, Exception? cause) : IOException(
    $"cannot listen on {endPoint}: {cause?.Message ?? "the reason was not told"}. Choose a free port with --port (0 takes any) and an address of this machine with --host.",
    cause);
