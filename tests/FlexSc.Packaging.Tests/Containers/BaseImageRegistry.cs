using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FlexSc.Measuring.Servers;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>
/// A registry of this machine with one image, which has one file and the user of Microsoft's: what the SDK asks of a registry to make an image
/// on another one (the distribution specification's manifests and blobs).
/// </summary>
internal sealed class BaseImageRegistry : IDisposable
{
    private const string Repository = "base";
    private const string ManifestType = "application/vnd.docker.distribution.manifest.v2+json";

    private readonly HttpListener _listener = new();
    private readonly Dictionary<string, (string Type, byte[] Content)> _blobs = new(StringComparer.Ordinal);
    private readonly byte[] _manifest;
    private readonly Task _serving;

    public BaseImageRegistry()
    {
        byte[] layer = LayerOf("etc/base", "a base\n", out string uncompressed);
        byte[] config = JsonSerializer.SerializeToUtf8Bytes(new
        {
            architecture = "amd64",
            os = "linux",
            config = new { Env = new[] { "PATH=/usr/bin", $"APP_UID={ImageRecipe.AppUser}" } },
            rootfs = new { type = "layers", diff_ids = new[] { uncompressed } },
            history = new[] { new { created = "2010-10-04T00:00:00Z" } },
        });
        _manifest = JsonSerializer.SerializeToUtf8Bytes(new
        {
            schemaVersion = 2,
            mediaType = ManifestType,
            config = Describe("application/vnd.docker.container.image.v1+json", config),
            layers = new[] { Describe("application/vnd.docker.image.rootfs.diff.tar.gzip", layer) },
        });
        int port = FreePort.Take();
        _listener.Prefixes.Add($"http://localhost:{port}/");
        _listener.Start();
        Image = $"localhost:{port}/{Repository}:latest";
        _serving = ServeAsync();
    }

    /// <summary>The image's name.</summary>
    public string Image { get; }

    public void Dispose()
    {
        _listener.Stop();
        _serving.GetAwaiter().GetResult();
        _listener.Close();
    }

    private static string DigestOf(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    private static byte[] LayerOf(string path, string text, out string uncompressedDigest)
    {
        using MemoryStream tar = new();
        using (TarWriter writer = new(tar, TarEntryFormat.Pax, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, path) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) });
        }

        uncompressedDigest = DigestOf(tar.ToArray());
        using MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest))
        {
            gzip.Write(tar.ToArray());
        }

        return compressed.ToArray();
    }

    private object Describe(string type, byte[] content)
    {
        string digest = DigestOf(content);
        _blobs[digest] = (type, content);
        return new { mediaType = type, size = content.Length, digest };
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext request;
            try
            {
                request = await _listener.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            await AnswerAsync(request);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        string path = context.Request.Url!.AbsolutePath;
        (string Type, byte[] Content)? answer = path == "/v2/" ? ("application/json", [.. "{}"u8])
            : path.StartsWith($"/v2/{Repository}/manifests/", StringComparison.Ordinal) ? (ManifestType, _manifest)
            : _blobs.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out (string, byte[]) blob) ? blob
            : null;
        using HttpListenerResponse response = context.Response;
        if (answer is not { } found)
        {
            response.StatusCode = (int)HttpStatusCode.NotFound;
            return;
        }

        response.ContentType = found.Type;
        response.AddHeader("Docker-Content-Digest", DigestOf(found.Content));
        response.ContentLength64 = found.Content.Length;
        if (context.Request.HttpMethod != HttpMethod.Head.Method)
        {
            await response.OutputStream.WriteAsync(found.Content);
        }
    }
}
