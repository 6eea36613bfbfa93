namespace FlexSc.Examples.HttpServer.Protocol;

/// <summary>What a response says about the connection after it.</summary>
internal enum ConnectionMode
{
    /// <summary>HTTP/1.1: kept without saying so.</summary>
    KeepAlive,

    /// <summary>HTTP/1.0 with <c>Connection: keep-alive</c>: kept, and the client wants to be told.</summary>
    KeepAliveHttp10,
    Close,
}
