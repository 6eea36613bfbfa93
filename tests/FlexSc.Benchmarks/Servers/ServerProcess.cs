using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Servers;

/// <summary>
/// One server as a process of its own. While another is measured it is stopped by a signal, so that its timers take nothing
/// from the core. Used from one thread; every wait has a deadline.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Announcement = "listening on ";
    private const string HttpScheme = "http://";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StatsLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly BlockingCollection<string> _lines = [];
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ManualResetEventSlim _errorsEnded = new();

    private ServerProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, received) =>
        {
            if (received.Data is { } line)
            {
                _lines.Add(line);
            }
            else
            {
                _lines.CompleteAdding();
            }
        };
        process.ErrorDataReceived += (_, received) =>
        {
            if (received.Data is not { } line)
            {
                _errorsEnded.Set();
            }
            else if (!string.IsNullOrWhiteSpace(line))
            {
                _errors.Enqueue(line.Trim());
            }
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>What the server says about itself before it listens: backend, cores, reasons.</summary>
    public string Description { get; private set; } = "";

    /// <summary>Starts the server and waits until it listens.</summary>
    /// <exception cref="BenchmarkException">It ended or stayed silent; the text is the first line of its standard error.</exception>
    public static ServerProcess Start(ProcessStartInfo start)
    {
        Process process = Process.Start(start) ?? throw new BenchmarkException($"{start.FileName} did not start");
        ChildProcesses.Add(process);
        ServerProcess server = new(process);
        try
        {
            server.WaitForAnnouncement();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Asks for the counters.</summary>
    /// <exception cref="BenchmarkException">No answer in time, or the server has ended.</exception>
    public ServerStats Stats()
    {
        try
        {
            _process.StandardInput.WriteLine("stats");
            _process.StandardInput.Flush();
        }
        catch (IOException failure)
        {
            throw new BenchmarkException($"the server does not take questions any more: {failure.Message}; {LastWords()}");
        }

        return _lines.TryTake(out string? line, StatsLimit)
            ? ServerStats.Parse(line)
            : throw new BenchmarkException($"no answer to \"stats\" within {StatsLimit.TotalSeconds:0} s; {LastWords()}");
    }

    /// <summary>Waits until the server has noticed that all connections were closed.</summary>
    /// <returns>The last counters; with connections left over when the deadline has passed.</returns>
    public ServerStats WaitForNoConnections()
    {
        long start = Stopwatch.GetTimestamp();
        ServerStats stats = Stats();
        while (stats.Connections > 0 && Stopwatch.GetElapsedTime(start) < DrainLimit)
        {
            Thread.Sleep(DrainPoll);
            stats = Stats();
        }

        return stats;
    }

    public void Pause() => Signal(NativeCalls.SignalStop);

    public void Resume() => Signal(NativeCalls.SignalContinue);

    /// <summary>Ends the server: politely, then by force.</summary>
    /// <returns>What went wrong, or null.</returns>
    public string? Stop()
    {
        if (_process.HasExited)
        {
            return $"the server had ended before it was told to; {LastWords()}";
        }

        Resume();
        Signal(NativeCalls.SignalTerminate);
        if (!_process.WaitForExit(StopLimit))
        {
            _process.Kill();
            return $"the server did not end within {StopLimit.TotalSeconds:0} s of SIGTERM and was killed";
        }

        return _process.ExitCode == 0 ? null : $"the server ended with exit code {_process.ExitCode}; {LastWords()}";
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        ChildProcesses.Remove(_process);
        _process.Dispose();
    }

    private void WaitForAnnouncement()
    {
        List<string> description = [];
        long start = Stopwatch.GetTimestamp();
        while (StartLimit - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left && _lines.TryTake(out string? line, left))
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                string address = line[Announcement.Length..];
                EndPoint = IPEndPoint.Parse(address.StartsWith(HttpScheme, StringComparison.Ordinal) ? address[HttpScheme.Length..] : address);
                Description = string.Join(" | ", description);
                return;
            }

            description.Add(line);
        }

        // Its words may still be on their way when a process has ended.
        bool ended = _process.WaitForExit(StopLimit) && _errorsEnded.Wait(StopLimit);
        throw new BenchmarkException(_errors.FirstOrDefault()
            ?? (ended ? $"ended with exit code {_process.ExitCode} and no word" : $"did not listen within {StartLimit.TotalSeconds:0} s"));
    }

    private void Signal(int signal)
    {
        if (NativeCalls.Kill(_process.Id, signal) != 0)
        {
            throw new BenchmarkException($"the server has ended; {LastWords()}");
        }
    }

    private string LastWords() => _errors.TryPeek(out string? line) ? $"its standard error: {line}" : "its standard error is empty";
}
