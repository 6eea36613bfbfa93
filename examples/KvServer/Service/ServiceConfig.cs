using Akka.Configuration;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The actor system's configuration for the options of the server.</summary>
internal static class ServiceConfig
{
    public static Config For(KvServerOptions options) =>
        SocketIo.ConfigFor(options).WithFallback(StandardErrorLogger.ConfigFor(options.LogLevel));
}
