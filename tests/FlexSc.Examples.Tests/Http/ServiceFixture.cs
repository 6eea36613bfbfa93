using System.Security.Cryptography;
using FlexSc.Examples.HttpServer.Service;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>A running service over a root of its own.</summary>
internal sealed class ServiceFixture : IAsyncDisposable
{
    public const int BigFileBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("flexsc-http-");

    private ServiceFixture()
    {
        Root = _outside.CreateSubdirectory("root").FullName;
        File.WriteAllText(Path.Combine(_outside.FullName, "secret.txt"), "secret");
        File.WriteAllText(Path.Combine(Root, "hello.txt"), "hello file");
        File.WriteAllText(Path.Combine(Root, "empty.css"), "");
        Directory.CreateDirectory(Path.Combine(Root, "dir"));
        Directory.CreateDirectory(Path.Combine(Root, "bare"));
        File.WriteAllText(Path.Combine(Root, "dir", "index.html"), "<p>index</p>");
        File.CreateSymbolicLink(Path.Combine(Root, "inside"), "hello.txt");
        File.CreateSymbolicLink(Path.Combine(Root, "outside"), "../secret.txt");
        File.CreateSymbolicLink(Path.Combine(Root, "absolute"), Path.Combine(_outside.FullName, "secret.txt"));
        BigFile = RandomNumberGenerator.GetBytes(BigFileBytes);
        File.WriteAllBytes(Path.Combine(Root, "big.bin"), BigFile);
    }

    public string Root { get; }

    public byte[] BigFile { get; }

    public HttpService Service { get; private set; } = null!;

    public Uri BaseAddress => new($"http://{Service.Endpoint}/");

    public static async Task<ServiceFixture> StartAsync(string mode, Func<HttpServerOptions, HttpServerOptions>? change = null)
    {
        ServiceFixture fixture = new();
        HttpServerOptions options = ServiceModes.OptionsOf(mode) with { Root = fixture.Root };
        fixture.Service = await ServiceModes.StartAsync(change?.Invoke(options) ?? options);
        return fixture;
    }

    public Task<RawClient> ConnectAsync(int receiveBufferBytes = 0) =>
        RawClient.ConnectAsync(Service.Endpoint, receiveBufferBytes);

    /// <summary>Waits for the service to have let go of all connections and files.</summary>
    public async Task AssertNothingIsLeftAsync()
    {
        long deadlineMs = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        while (Service.ConnectionCount > 0 || OpenFilesBelowRoot() > 0)
        {
            Assert.True(
                Environment.TickCount64 < deadlineMs,
                $"{Service.ConnectionCount} connections and {OpenFilesBelowRoot()} files are still open");
            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        _outside.Delete(recursive: true);
    }

    private int OpenFilesBelowRoot() =>
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
            .Count(entry => entry.LinkTarget?.StartsWith(Root + "/", StringComparison.Ordinal) == true);
}
