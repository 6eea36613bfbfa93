using System.Net;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The port could not be listened on.</summary>
internal sealed class KvBindException(EndPoint endPoint, string cause, Exception? inner)
    : Exception($"cannot listen on {endPoint}: {cause}. Another process may hold the port: choose one with --port, or 0 for any free one.", inner);
