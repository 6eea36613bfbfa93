using System.Security.Cryptography;
using FlexSc.Akka.Loops;
using FlexSc.Examples.HttpServer.Files;
using FlexSc.Examples.HttpServer.Service;
using FlexSc.Examples.Shared;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>A running service over a root of its own.</summary>
internal sealed class ServiceFixture : IAsyncDisposable
{
    public const int BigFileBytes = 8 * 1024 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _outside = Directory.CreateTempSubdirectory("flexsc-http-");
    private IReadOnlyList<LoopState> _atStart = [];

    private ServiceFixture()
    {
        Root = _outside.CreateSubdirectory("root").FullName;
        File.WriteAllText(Path.Combine(_outside.FullName, "secret.txt"), "secret");
        File.WriteAllText(Path.Combine(Root, "hello.txt"), "hello file");
        File.SetLastWriteTimeUtc(Path.Combine(Root, "hello.txt"), DateTime.UtcNow.AddMinutes(-1));
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

        // A file changed just now is not kept in memory, whatever time it was given.
        await Task.Delay(2 * FileCache.SettlingMs);
        HttpServerOptions options = ServiceModes.OptionsOf(mode) with { Root = fixture.Root };
        fixture.Service = await ServiceModes.StartAsync(change?.Invoke(options) ?? options);
        fixture._atStart = await fixture.LoopStatesAsync();
        return fixture;
    }

    public Task<RawClient> ConnectAsync(int receiveBufferBytes = 0) =>
        RawClient.ConnectAsync(Service.Endpoint, receiveBufferBytes);

    /// <summary>Waits for the service to have let go of all connections, files, buffers and entries.</summary>
    /// <param name="atLeastRequests">Requests that have to have come before.</param>
    public async Task AssertNothingIsLeftAsync(int atLeastRequests = 0)
    {
        long requestsDeadlineMs = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        while (Service.Counters.Requests < atLeastRequests)
        {
            Assert.True(Environment.TickCount64 < requestsDeadlineMs, $"{Service.Counters.Requests} requests came");
            await Task.Yield();
        }

        await ReachesZeroAsync(Service.Counters.Connections, "connections");
        await ReachesZeroAsync(Service.Counters.OpenFiles, "files");
        Assert.Equal(0, Service.Counters.HeldUpConnections.Value);

        // A connection may outlive its handler by some calls, and a file that is being opened is counted only once it is open. Each
        // question is a turn of the loop.
        long deadlineMs = Environment.TickCount64 + (long)Deadline.TotalMilliseconds;
        IReadOnlyList<LoopState> states;
        do
        {
            states = await LoopStatesAsync();
        }
        while ((!states.SequenceEqual(_atStart) || OpenFilesBelowRoot() > 0) && Environment.TickCount64 < deadlineMs);
        Assert.Equal(_atStart, states);
        Assert.Equal(0, OpenFilesBelowRoot());
        await ReachesZeroAsync(Service.Counters.OpenFiles, "files");
    }

    private static async Task ReachesZeroAsync(Gauge gauge, string name)
    {
        Task zero = gauge.WhenAsync(count => count == 0);
        await Task.WhenAny(zero, Task.Delay(Deadline));
        Assert.True(zero.IsCompleted, $"{gauge.Value} {name} are still open");
    }

    private async Task<IReadOnlyList<LoopState>> LoopStatesAsync()
    {
        List<LoopState> states = [];
        foreach (LoopFigures figures in Service.Loops)
        {
            states.Add(await FlexLoops.RunAsync(Service.System, figures.Index, loop => Task.FromResult(
                new LoopState(figures.Connections, loop.UsedEntries, loop.Buffers.Count - loop.Buffers.Available))));
        }

        return states;
    }

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        _outside.Delete(recursive: true);
    }

    private int OpenFilesBelowRoot() =>
        new DirectoryInfo("/proc/self/fd").EnumerateFileSystemInfos()
            .Count(entry => entry.LinkTarget?.StartsWith(Root + "/", StringComparison.Ordinal) == true);

    private readonly record struct LoopState(int Connections, int UsedEntries, int BuffersOutside);
}
