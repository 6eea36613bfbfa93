using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;

namespace FlexSc.Benchmarks.Servers;

/// <summary>
/// One server as a process of its own. While another is measured it is stopped by a signal, so that its timers take nothing
/// from the core. Used from one thread; every wait has a deadline.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    private const string Announcement = "listening on ";
    private const string SchemeEnd = "://";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StatsLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly IServerCounters? _counters;
    private readonly BlockingCollection<string> _lines = [];
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ManualResetEventSlim _errorsEnded = new();

    private ServerProcess(Process process, IServerCounters? counters)
    {
        _process = process;
        _counters = counters;
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

    /// <summary>Starts a server that says where it listens and answers "stats" on its standard input, and waits until it listens.</summary>
    /// <exception cref="MeasurementException">It ended or stayed silent; the text is the first line of its standard error.</exception>
    public static ServerProcess Start(ProcessStartInfo start) => Start(start, null, server => server.WaitForAnnouncement());

    /// <summary>Starts a server that listens where it was told to, and waits until it does.</summary>
    /// <param name="start">The program; standard input, output and error are redirected.</param>
    /// <param name="endPoint">Where it was told to listen.</param>
    /// <param name="description">What is to be said about it: its name and version.</param>
    /// <param name="counters">Who is asked for its counters.</param>
    /// <exception cref="MeasurementException">It ended or does not listen; the text is the first line of its standard error.</exception>
    public static ServerProcess Start(ProcessStartInfo start, IPEndPoint endPoint, string description, IServerCounters counters) =>
        Start(start, counters, server => server.WaitForListening(endPoint, description));

    private static ServerProcess Start(ProcessStartInfo start, IServerCounters? counters, Action<ServerProcess> wait)
    {
        Process process = Process.Start(start) ?? throw new MeasurementException($"{start.FileName} did not start");
        ChildProcesses.Add(process);
        ServerProcess server = new(process, counters);
        try
        {
            wait(server);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Asks for the counters.</summary>
    /// <exception cref="MeasurementException">No answer in time, or the server has ended.</exception>
    public ServerStats Stats()
    {
        if (_counters is not null)
        {
            return !_process.HasExited ? _counters.Read() : throw new MeasurementException($"the server has ended; {LastWords()}");
        }

        return ServerStats.Parse(Ask("stats", StatsLimit));
    }

    /// <summary>Writes a line to the program's standard input and waits for the line that answers it.</summary>
    /// <exception cref="MeasurementException">No answer in time, or the program has ended.</exception>
    public string Ask(string question, TimeSpan limit)
    {
        try
        {
            _process.StandardInput.WriteLine(question);
            _process.StandardInput.Flush();
        }
        catch (IOException failure)
        {
            throw new MeasurementException($"the server does not take questions any more: {failure.Message}; {LastWords()}");
        }

        return _lines.TryTake(out string? line, limit)
            ? line
            : throw new MeasurementException($"no answer to \"{question}\" within {limit.TotalSeconds:0} s; {LastWords()}");
    }

    /// <summary>Waits until the server has noticed that all connections were closed.</summary>
    /// <returns>The last counters; with connections left over when the deadline has passed. A server that does not count them is not waited for.</returns>
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

        // C programs without a handler die of the signal, which is as good.
        const int endedByTerminate = 128 + NativeCalls.SignalTerminate;
        return _process.ExitCode is 0 or endedByTerminate ? null : $"the server ended with exit code {_process.ExitCode}; {LastWords()}";
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _counters?.Dispose();
        ChildProcesses.Remove(_process);
        _process.Dispose();
    }

    private void WaitForListening(IPEndPoint endPoint, string description)
    {
        EndPoint = endPoint;
        Description = description;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < StartLimit)
        {
            if (_process.HasExited)
            {
                _errorsEnded.Wait(StopLimit);
                throw new MeasurementException(_errors.FirstOrDefault() ?? $"ended with exit code {_process.ExitCode} and no word");
            }

            using Socket socket = new(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(endPoint);
                return;
            }
            catch (SocketException failure) when (failure.SocketErrorCode == SocketError.ConnectionRefused)
            {
                Thread.Sleep(DrainPoll);
            }
        }

        throw new MeasurementException($"did not listen on {endPoint} within {StartLimit.TotalSeconds:0} s");
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
                int scheme = address.IndexOf(SchemeEnd, StringComparison.Ordinal);
                EndPoint = IPEndPoint.Parse(scheme < 0 ? address : address[(scheme + SchemeEnd.Length)..]);
                Description = string.Join(" | ", description);
                return;
            }

            description.Add(TerminalCodes.Remove(line));
        }

        // Its words may still be on their way when a process has ended.
        bool ended = _process.WaitForExit(StopLimit) && _errorsEnded.Wait(StopLimit);
        throw new MeasurementException(_errors.FirstOrDefault()
            ?? (ended ? $"ended with exit code {_process.ExitCode} and no word" : $"did not listen within {StartLimit.TotalSeconds:0} s"));
    }

    private void Signal(int signal)
    {
        if (NativeCalls.Kill(_process.Id, signal) != 0)
        {
            throw new MeasurementException($"the server has ended; {LastWords()}");
        }
    }

    private string LastWords() => _errors.TryPeek(out string? line) ? $"its standard error: {line}" : "its standard error is empty";
}
