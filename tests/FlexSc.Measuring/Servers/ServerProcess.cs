using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Servers;

/// <summary>
/// One server as a process of its own, which never outlives this program's orderly end. While another is measured it is stopped by a
/// signal, so that its timers take nothing from the core. Used from one thread at a time; every wait has a deadline.
/// </summary>
internal sealed class ServerProcess : IDisposable
{
    /// <summary>Lines kept of what it writes and nobody reads, the last ones, of each stream.</summary>
    public const int KeptLines = 1000;

    private const string Announcement = "listening on ";
    private const string AddressSeparator = ", ";
    private const string SchemeEnd = "://";
    private const int LastWords = 10;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DrainPoll = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly IServerCounters? _counters;
    private readonly BlockingCollection<string> _lines = new(KeptLines);
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ManualResetEventSlim _errorsEnded = new();

    private ServerProcess(Process process, IServerCounters? counters)
    {
        _process = process;
        _counters = counters;
        process.OutputDataReceived += (_, received) => TakeOutput(received.Data);
        process.ErrorDataReceived += (_, received) => TakeError(received.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int ProcessId => _process.Id;

    /// <summary>The first TCP address that it listens on; none for one that listens on Unix sockets alone.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Everything it said that it listens on.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    /// <summary>What the server says about itself before it listens: backend, cores, reasons.</summary>
    public string Description { get; private set; } = "";

    /// <summary>What it wrote to standard error so far, blank lines left out.</summary>
    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>Starts a server that says where it listens, and waits until it does.</summary>
    /// <param name="start">The program, by <see cref="ServerLaunch"/>.</param>
    /// <exception cref="MeasurementException">It ended or stayed silent; the text has its last words.</exception>
    public static ServerProcess Start(ProcessStartInfo start) => Start(start, null, static server => server.WaitForAnnouncement());

    /// <summary>Starts a server that listens where it was told to, and waits until it does.</summary>
    /// <param name="start">The program, by <see cref="ServerLaunch"/>.</param>
    /// <param name="endPoint">Where it was told to listen.</param>
    /// <param name="description">What is to be said about it: its name and version.</param>
    /// <param name="counters">Who is asked for its counters.</param>
    /// <exception cref="MeasurementException">It ended or does not listen; the text has its last words.</exception>
    public static ServerProcess Start(ProcessStartInfo start, IPEndPoint endPoint, string description, IServerCounters counters) =>
        Start(start, counters, server => server.WaitForListening(endPoint, description));

    private static ServerProcess Start(ProcessStartInfo start, IServerCounters? counters, Action<ServerProcess> wait)
    {
        ServerProcess server = new(ChildProcesses.Start(start), counters);
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
    public ServerStats Stats() => _counters is null ? ServerStats.Parse(StatsLine())
        : !_process.HasExited ? _counters.Read()
        : throw new MeasurementException($"the server has ended; {Words()}");

    /// <summary>The line of JSON that a server with <c>--stats-on-stdin</c> answers.</summary>
    /// <exception cref="MeasurementException">No answer in time, or the server has ended.</exception>
    public string StatsLine() => AskForJson("stats", AnswerLimit);

    /// <summary>As <see cref="Ask"/>, where the answer is a line of JSON: lines of the program's log are passed over.</summary>
    /// <exception cref="MeasurementException">No answer in time, or the program has ended.</exception>
    public string AskForJson(string question, TimeSpan limit)
    {
        string line = Ask(question, limit);
        while (!line.StartsWith('{'))
        {
            line = ReadLine(limit) ?? throw NoAnswer(question, limit);
        }

        return line;
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
            throw new MeasurementException($"the server does not take questions any more: {failure.Message}; {Words()}");
        }

        return ReadLine(limit) ?? throw NoAnswer(question, limit);
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

    /// <exception cref="MeasurementException">The server has ended.</exception>
    public void Signal(int signal)
    {
        if (NativeCalls.Kill(_process.Id, signal) != 0)
        {
            throw new MeasurementException($"the server has ended; {Words()}");
        }
    }

    /// <summary>Waits for its end, and for the last of what it wrote.</summary>
    /// <returns>The exit code, and what of its output nobody had read.</returns>
    /// <exception cref="MeasurementException">It did not end in time.</exception>
    public ProgramResult WaitForEnd(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
        {
            throw new MeasurementException($"the server did not end within {limit.TotalSeconds:0} s; {Words()}");
        }

        _errorsEnded.Wait(limit);
        List<string> unread = [];
        while (ReadLine(limit) is { } line)
        {
            unread.Add(line);
        }

        return new ProgramResult(_process.ExitCode, string.Join('\n', unread), string.Join('\n', _errors));
    }

    /// <summary>Ends the server: politely, then by force.</summary>
    /// <returns>What went wrong, or null. A server that had ended by itself has failed.</returns>
    public string? Stop()
    {
        if (_process.HasExited)
        {
            return $"the server had ended before it was told to, with exit code {_process.ExitCode}; {Words()}";
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
        return _process.ExitCode is 0 or endedByTerminate ? null : $"the server ended with exit code {_process.ExitCode}; {Words()}";
    }

    public void Dispose()
    {
        _counters?.Dispose();
        ChildProcesses.End(_process);
    }

    private MeasurementException NoAnswer(string question, TimeSpan limit) =>
        new($"no answer to \"{question}\" within {limit.TotalSeconds:0} s; {Words()}");

    private void WaitForListening(IPEndPoint endPoint, string description)
    {
        EndPoint = endPoint;
        Description = description;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < StartLimit)
        {
            if (_process.HasExited)
            {
                throw NotListening([]);
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

        throw NotListening([]);
    }

    private void WaitForAnnouncement()
    {
        List<string> description = [];
        long start = Stopwatch.GetTimestamp();
        while (StartLimit - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left && ReadLine(left) is { } line)
        {
            if (line.StartsWith(Announcement, StringComparison.Ordinal))
            {
                Addresses = line[Announcement.Length..].Trim().Split(AddressSeparator);
                EndPoint = Addresses.Select(EndPointOf).FirstOrDefault(static endPoint => endPoint is not null)
                    ?? (Addresses.All(static address => address.StartsWith("unix:", StringComparison.Ordinal)) ? EndPoint
                        : throw new MeasurementException($"the server announced '{line}', which has no address"));
                Description = string.Join(" | ", description);
                return;
            }

            description.Add(TerminalCodes.Remove(line));
        }

        throw NotListening(description);
    }

    private static IPEndPoint? EndPointOf(string address)
    {
        int scheme = address.IndexOf(SchemeEnd, StringComparison.Ordinal);
        return IPEndPoint.TryParse(scheme < 0 ? address : address[(scheme + SchemeEnd.Length)..], out IPEndPoint? endPoint) ? endPoint : null;
    }

    // Standard error usually has the reason and may come after the end of standard output; before it listens, that may have it as well.
    private MeasurementException NotListening(IReadOnlyList<string> written)
    {
        bool ended = _process.WaitForExit(_lines.IsCompleted ? StopLimit : TimeSpan.Zero) && _errorsEnded.Wait(StopLimit);
        string what = ended
            ? string.Create(CultureInfo.InvariantCulture, $"ended with exit code {_process.ExitCode} before it listened")
            : $"did not listen within {StartLimit.TotalSeconds:0} s";
        return new MeasurementException($"{what}; {Words(written)}");
    }

    /// <summary>The next line of standard output; null when none came in time, or none will come.</summary>
    private string? ReadLine(TimeSpan limit) => _lines.TryTake(out string? line, limit) ? line : null;

    private void TakeOutput(string? line)
    {
        if (line is null)
        {
            _lines.CompleteAdding();
            return;
        }

        while (!_lines.TryAdd(line))
        {
            _lines.TryTake(out _);
        }
    }

    private void TakeError(string? line)
    {
        if (line is null)
        {
            _errorsEnded.Set();
        }
        else if (!string.IsNullOrWhiteSpace(line))
        {
            _errors.Enqueue(line.Trim());
            if (_errors.Count > KeptLines)
            {
                _errors.TryDequeue(out _);
            }
        }
    }

    private string Words(IReadOnlyList<string>? written = null)
    {
        string[] words = [.. _errors.TakeLast(LastWords), .. (written ?? []).TakeLast(LastWords)];
        return words.Length == 0 ? "it wrote nothing" : $"its last words: {string.Join(" / ", words)}";
    }
}
