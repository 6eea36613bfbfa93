using FlexSc.Examples.HttpServer.Service;

namespace FlexSc.Examples.HttpServer.Files;

internal static class FileStores
{
    /// <summary>The store that fits the I/O mode; null when no root was given.</summary>
    public static IFileStore? Open(HttpServerOptions options) =>
        options.Root is null ? null : new ThreadPoolFileStore(options.Root);
}
