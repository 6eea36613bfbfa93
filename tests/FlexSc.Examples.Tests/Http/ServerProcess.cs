using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Xunit;

namespace FlexSc.Examples.Tests.Http;

/// <summary>The server as a program of its own; every wait has a deadline.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Process _process;

    public ServerProcess(params string[] arguments)
        : this("dotnet", [.. ProgramHost.ArgumentsOf("HttpServer.dll"), .. arguments])
    {
    }

    private ServerProcess(string program, string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start) ?? throw new IOException("the server did not start");
    }

    /// <summary>The server with a limit on its descriptors; skips the test where there is no prlimit(1).</summary>
    public static ServerProcess WithDescriptors(int count, params string[] arguments)
    {
        const string Program = "/usr/bin/prlimit";
        Skip.IfNot(File.Exists(Program), $"{Program} of util-linux is not installed");
        return new ServerProcess(Program, [$"--nofile={count}", "dotnet", .. ProgramHost.ArgumentsOf("HttpServer.dll"), .. arguments]);
    }

    public int ProcessId => _process.Id;

    public async Task<string> ReadLineAsync()
    {
        using CancellationTokenSource timeout = new(Deadline);
        return await _process.StandardOutput.ReadLineAsync(timeout.Token) ?? throw new IOException("the server closed its output");
    }

    public async Task<string> ReadUntilLineAsync(string prefix)
    {
        while (true)
        {
            string line = await ReadLineAsync();
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    /// <summary>Reads what the program prints until it says where it listens.</summary>
    public async Task<IPEndPoint> ReadEndpointAsync()
    {
        const string prefix = "listening on http://";
        return IPEndPoint.Parse((await ReadUntilLineAsync(prefix))[prefix.Length..]);
    }

    public async Task<JsonElement> ReadStatsAsync()
    {
        await WriteLineAsync("stats");
        using JsonDocument stats = JsonDocument.Parse(await ReadUntilLineAsync("{"));
        return stats.RootElement.Clone();
    }

    /// <summary>Sockets, and files below the tests' temporary folders. The runtime's own files come and go.</summary>
    public int CountDescriptors() => new DirectoryInfo($"/proc/{ProcessId}/fd").EnumerateFileSystemInfos()
        .Count(entry => entry.LinkTarget is { } target
            && (target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith(Path.GetTempPath() + "flexsc-", StringComparison.Ordinal)));

    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    public async Task SignalAsync(string name)
    {
        using Process kill = Process.Start("/bin/sh", ["-c", $"kill -{name} {_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>What the program prints from here on.</summary>
    public async Task<string> ReadOutputToEndAsync()
    {
        using CancellationTokenSource timeout = new(Deadline);
        return await _process.StandardOutput.ReadToEndAsync(timeout.Token);
    }

    public async Task<(int ExitCode, string Error)> WaitForExitAsync()
    {
        using CancellationTokenSource timeout = new(Deadline);
        string error = await _process.StandardError.ReadToEndAsync(timeout.Token);
        await _process.WaitForExitAsync(timeout.Token);
        return (_process.ExitCode, error);
    }

    // Beside the tests lie their dependencies: some of the server's come from the framework that only the tests refer to.
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
