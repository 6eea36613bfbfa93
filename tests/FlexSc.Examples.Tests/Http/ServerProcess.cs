using System.Diagnostics;

namespace FlexSc.Examples.Tests.Http;

/// <summary>The server as a program of its own; every wait has a deadline.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    public ServerProcess(params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [.. ProgramHost.ArgumentsOf("HttpServer.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start) ?? throw new IOException("the server did not start");
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
