using System.Net;
using Akka;
using Akka.IO;
using Akka.Streams.Dsl;

namespace FlexSc.Akka.Streams;

/// <summary>Ends a connection over which nothing passes.</summary>
internal static class IdleTimeout
{
    /// <param name="connection">The connection.</param>
    /// <param name="timeout">How long nothing may pass, either way; null for ever.</param>
    /// <param name="remote">Whose it is.</param>
    public static Flow<ByteString, ByteString, TMat> Limit<TMat>(
        Flow<ByteString, ByteString, TMat> connection, TimeSpan? timeout, EndPoint remote)
    {
        if (timeout is not { } longest)
        {
            return connection;
        }

        TcpIdleTimeoutException failure = new(
            $"TCP idle-timeout encountered on connection to [{remote}], no bytes passed in the last {longest}", longest);
        return connection.Join(BidiFlow.BidirectionalIdleTimeout<ByteString, ByteString>(longest))
            .SelectError(cause => cause is TimeoutException ? failure : cause);
    }
}
