namespace FlexSc.Examples.HttpServer.Files;

internal static class ContentTypes
{
    private static readonly Dictionary<string, byte[]> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8"u8.ToArray(),
        [".htm"] = "text/html; charset=utf-8"u8.ToArray(),
        [".css"] = "text/css; charset=utf-8"u8.ToArray(),
        [".js"] = "text/javascript; charset=utf-8"u8.ToArray(),
        [".mjs"] = "text/javascript; charset=utf-8"u8.ToArray(),
        [".json"] = "application/json"u8.ToArray(),
        [".txt"] = "text/plain; charset=utf-8"u8.ToArray(),
        [".md"] = "text/markdown; charset=utf-8"u8.ToArray(),
        [".csv"] = "text/csv; charset=utf-8"u8.ToArray(),
        [".xml"] = "application/xml"u8.ToArray(),
        [".svg"] = "image/svg+xml"u8.ToArray(),
        [".png"] = "image/png"u8.ToArray(),
        [".jpg"] = "image/jpeg"u8.ToArray(),
        [".jpeg"] = "image/jpeg"u8.ToArray(),
        [".gif"] = "image/gif"u8.ToArray(),
        [".webp"] = "image/webp"u8.ToArray(),
        [".ico"] = "image/x-icon"u8.ToArray(),
        [".pdf"] = "application/pdf"u8.ToArray(),
        [".wasm"] = "application/wasm"u8.ToArray(),
        [".woff2"] = "font/woff2"u8.ToArray(),
        [".mp4"] = "video/mp4"u8.ToArray(),
        [".gz"] = "application/gzip"u8.ToArray(),
        [".zip"] = "application/zip"u8.ToArray(),
    };

    public static ReadOnlySpan<byte> For(string name) =>
        ByExtension.TryGetValue(Path.GetExtension(name), out byte[]? type) ? type : "application/octet-stream"u8;
}
