using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using FlexSc.Measuring;

namespace FlexSc.LoadTests.Servers;

/// <summary>An example service as a child process. It never outlives this program's orderly end.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const string Announcement = "listening on ";
    private const string HttpScheme = "http://";
    private const int SignalTerminate = 15;
    private const int KeptLines = 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly Lock Guard = new();
    private static readonly HashSet<ServerProcess> Running = [];

    private readonly Process _process;
    private readonly Queue<string> _errors = new();
    private readonly List<string> _description = [];
    private readonly TaskCompletionSource<IPEndPoint> _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, received) => OnOutput(received.Data);
        process.ErrorDataReceived += (_, received) => OnError(received.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>What the server says about itself before it listens: backend, cores, reasons.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Starts a program and waits until it listens.</summary>
    /// <exception cref="MeasurementException">It ended or stayed silent; the text has its last words.</exception>
    public static async Task<ServerProcess> StartAsync(string program, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        ServerProcess server = new(Process.Start(start) ?? throw new MeasurementException("dotnet did not start: is the SDK on the PATH?"));
        lock (Guard)
        {
            Running.Add(server);
        }

        try
        {
            server.EndPoint = await server._announced.Task.WaitAsync(StartLimit).ConfigureAwait(false);
            server.Description = string.Join(" | ", server._description);
            return server;
        }
        catch (TimeoutException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw new MeasurementException($"{Path.GetFileName(program)} did not listen within {StartLimit.TotalSeconds:0} s; {server.LastWords()}");
        }
        catch (MeasurementException)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the server: politely, then by force.</summary>
    /// <returns>What went wrong, or null. A server that had ended by itself has failed.</returns>
    public async Task<string?> StopAsync()
    {
        if (_process.HasExited)
        {
            return $"the server ended by itself with exit code {_process.ExitCode}; {LastWords()}";
        }

        _ = Kill(_process.Id, SignalTerminate);
        try
        {
            using CancellationTokenSource limit = new(StopLimit);
            await _process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
            return $"the server did not end within {StopLimit.TotalSeconds:0} s of SIGTERM and was killed";
        }

        return _process.ExitCode == 0 ? null : $"the server ended with exit code {_process.ExitCode}; {LastWords()}";
    }

    /// <summary>Kills every server that still runs: for a signal that ends this program.</summary>
    public static void KillAll()
    {
        lock (Guard)
        {
            foreach (ServerProcess server in Running)
            {
                if (!server._process.HasExited)
                {
                    server._process.Kill();
                }
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        lock (Guard)
        {
            Running.Remove(this);
        }

        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        return ValueTask.CompletedTask;
    }

    private void OnOutput(string? line)
    {
        if (line is null)
        {
            // Standard error usually has the reason, and may come after.
            _ = _process.WaitForExitAsync().ContinueWith(
                _ => _announced.TrySetException(new MeasurementException($"the server ended before it listened; {LastWords()}")), TaskScheduler.Default);
            return;
        }

        if (!line.StartsWith(Announcement, StringComparison.Ordinal))
        {
            lock (_errors)
            {
                if (!_announced.Task.IsCompleted)
                {
                    _description.Add(line);
                }
            }

            return;
        }

        string address = line[Announcement.Length..].Trim();
        address = address.StartsWith(HttpScheme, StringComparison.Ordinal) ? address[HttpScheme.Length..] : address;
        if (IPEndPoint.TryParse(address, out IPEndPoint? endPoint))
        {
            _announced.TrySetResult(endPoint);
        }
        else
        {
            _announced.TrySetException(new MeasurementException($"the server announced '{line}', which has no address"));
        }
    }

    private void OnError(string? line)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        lock (_errors)
        {
            _errors.Enqueue(line.Trim());
            if (_errors.Count > KeptLines)
            {
                _errors.Dequeue();
            }
        }
    }

    private string LastWords()
    {
        lock (_errors)
        {
            // Before it listens, what it writes to standard output may be the reason as well.
            string[] words = _announced.Task.IsCompletedSuccessfully ? [.. _errors] : [.. _errors, .. _description.TakeLast(KeptLines)];
            return words.Length == 0 ? "it wrote nothing" : $"its last words: {string.Join(" / ", words)}";
        }
    }

    /// <summary>kill(2).</summary>
    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
