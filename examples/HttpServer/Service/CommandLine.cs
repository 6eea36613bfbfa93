using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Interop.Linux;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>The options of the command, and how they become <see cref="HttpServerOptions"/>.</summary>
internal sealed class CommandLine
{
    private static readonly HttpServerOptions Defaults = HttpServerOptions.Default;

    private readonly Option<IPAddress> _host = new("--host")
    {
        Description = "Address to listen on.",
        DefaultValueFactory = _ => Defaults.Host,
        CustomParser = result => IPAddress.TryParse(result.Tokens[0].Value, out IPAddress? address)
            ? address
            : Fail<IPAddress>(result, $"--host: '{result.Tokens[0].Value}' is no IP address"),
    };

    private readonly Option<int> _port = Number("--port", "Port to listen on; 0 lets the kernel pick one.", Defaults.Port, 0, 65535);
    private readonly Option<int> _loops = Number("--loops", "Number of FlexSC loops.", Defaults.Loops, 1, 1024);

    private readonly Option<int[]> _cpus = new("--cpus")
    {
        Description = "Cores for the loops, as 0,2 or 0-3; by default those the process may use, in order.",
        DefaultValueFactory = _ => [],
        CustomParser = ParseCpus,
    };

    private readonly Option<string> _pin = Choice("--pin", "Whether each loop stays on a core: off where the cores are shared with other busy programs.", "on", "on", "off");

    private readonly Option<string> _backend = Choice("--backend", "How system calls are executed.", Defaults.Backend, "auto", "io-uring", "syscall-threads", "kernel-module");
    private readonly Option<int> _syscallThreads = Number(
        "--syscall-threads", "Threads beside each loop: with --backend syscall-threads 0 has the loop make the calls itself, with kernel-module it is as 1.", Defaults.SyscallThreads, 0, 64);

    private readonly Option<int> _batchWait = Number(
        "--batch-wait-us", "Microseconds a loop may wait for more to come together; 0 is off.", Defaults.BatchWaitUs, 0, 1000);

    private readonly Option<int> _turnBudget = Number(
        "--turn-budget-us", "Microseconds that each kind of a loop turn's work may take before the next one has its share.", Defaults.TurnBudgetUs, 1, 100_000);

    private readonly Option<string> _io = Choice("--io", "Whose sockets: FlexSC's, or stock Akka.IO's.", "flexsc", "flexsc", "akka-io");
    private readonly Option<string> _messages = Choice("--messages", "What a connection's actor receives: pooled messages, or Akka.IO's own.", "pooled", "pooled", "akka");
    private readonly Option<string?> _root = new("--root") { Description = "Directory of static files; without it none are served." };

    private readonly Option<int> _headBytes = Number("--max-head-bytes", "Longest request head; 431 beyond.", Defaults.Limits.HeadBytes, 256, 1024 * 1024);
    private readonly Option<int> _lineBytes = Number("--max-request-line-bytes", "Longest request line; 414 beyond.", Defaults.Limits.RequestLineBytes, 64, 1024 * 1024);
    private readonly Option<int> _headerCount = Number("--max-headers", "Most header fields; 431 beyond.", Defaults.Limits.HeaderCount, 1, 10_000);
    private readonly Option<int> _bodyBytes = Number("--max-body-bytes", "Longest request body; 413 beyond.", (int)Defaults.Limits.BodyBytes, 0, int.MaxValue);
    private readonly Option<int> _pendingInput = Number("--max-pending-input-bytes", "Input held while a response is under way; reset beyond.", Defaults.Limits.PendingInputBytes, 1024, int.MaxValue);
    private readonly Option<int> _unsentBytes = Number("--max-unsent-bytes", "Unsent output of a connection before it has to wait.", (int)Defaults.Limits.UnsentOutputBytes, 4096, int.MaxValue);
    private readonly Option<int> _connections = Number("--max-connections", "Open connections; more are reset. By default as many as ulimit -n allows, up to 20000; never more than it allows.", HttpServerOptions.MostConnectionsUnasked, 1, 10_000_000);
    private readonly Option<int> _backlog = Number("--backlog", "Connections that wait to be accepted.", Defaults.Backlog, 1, 65535);
    private readonly Option<int> _headTimeout = Number("--head-timeout-ms", "Time for a request head; 408 beyond.", Defaults.HeadTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _bodyTimeout = Number("--body-timeout-ms", "Time for a request body; 408 beyond.", Defaults.BodyTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _idleTimeout = Number("--idle-timeout-ms", "Time between requests; closed beyond.", Defaults.IdleTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _writeTimeout = Number("--write-timeout-ms", "Time in which the peer takes nothing of a response; ended beyond.", Defaults.WriteTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _fileChunk = Number("--file-chunk-bytes", "Bytes of a file read at once.", Defaults.FileChunkBytes, 512, 16 * 1024 * 1024);
    private readonly Option<int> _fileCache = Number("--file-cache-bytes", "Memory for small files that are sent again; 0 keeps none.", (int)Defaults.FileCacheBytes, 0, int.MaxValue);
    private readonly Option<int> _fileCacheAge = Number("--file-cache-age-ms", "Time by which a changed file is noticed.", Defaults.FileCacheAgeMs, 1, int.MaxValue);
    private readonly Option<int> _fileCalls = Number("--max-file-calls", "Calls on files under way at once on each loop; more wait.", Defaults.MaxFileCalls, 1, 100);
    private readonly Option<bool> _statsOnStdin = new("--stats-on-stdin") { Description = "Answer each line 'stats' on standard input with a line of JSON." };

    /// <summary>The command; <paramref name="run"/> gets the options and whether to answer on standard input.</summary>
    public RootCommand Create(Func<HttpServerOptions, bool, Task<int>> run)
    {
        RootCommand command = new("An HTTP/1.1 service on actors: /plaintext, /json, and static files below --root.")
        {
            _host, _port, _loops, _cpus, _pin, _backend, _syscallThreads, _batchWait, _turnBudget, _io, _messages, _root,
            _headBytes, _lineBytes, _headerCount, _bodyBytes, _pendingInput, _unsentBytes, _connections, _backlog,
            _headTimeout, _bodyTimeout, _idleTimeout, _writeTimeout, _fileChunk, _fileCache, _fileCacheAge, _fileCalls, _statsOnStdin,
        };
        command.SetAction((result, _) => run(ToOptions(result), result.GetValue(_statsOnStdin)));
        return command;
    }

    private HttpServerOptions ToOptions(ParseResult result)
    {
        IoMode io = result.GetValue(_io) == "akka-io" ? IoMode.AkkaIo : IoMode.FlexSc;
        return new HttpServerOptions
        {
            Host = result.GetValue(_host)!,
            Port = result.GetValue(_port),
            Loops = result.GetValue(_loops),
            Cpus = result.GetValue(_cpus)!,
            Pin = result.GetValue(_pin) == "on",
            Backend = result.GetValue(_backend)!,
            SyscallThreads = result.GetValue(_syscallThreads),
            BatchWaitUs = result.GetValue(_batchWait),
            TurnBudgetUs = result.GetValue(_turnBudget),
            Io = io,
            Messages = io == IoMode.AkkaIo || result.GetValue(_messages) == "akka" ? MessageMode.Akka : MessageMode.Pooled,
            Root = result.GetValue(_root),
            MaxConnections = IsGiven(result, _connections) ? result.GetValue(_connections) : null,
            Backlog = result.GetValue(_backlog),
            HeadTimeoutMs = result.GetValue(_headTimeout),
            BodyTimeoutMs = result.GetValue(_bodyTimeout),
            IdleTimeoutMs = result.GetValue(_idleTimeout),
            WriteTimeoutMs = result.GetValue(_writeTimeout),
            FileChunkBytes = result.GetValue(_fileChunk),
            FileCacheBytes = result.GetValue(_fileCache),
            FileCacheAgeMs = result.GetValue(_fileCacheAge),
            MaxFileCalls = result.GetValue(_fileCalls),
            Limits = HttpLimits.Default with
            {
                HeadBytes = result.GetValue(_headBytes),
                RequestLineBytes = result.GetValue(_lineBytes),
                HeaderCount = result.GetValue(_headerCount),
                BodyBytes = result.GetValue(_bodyBytes),
                PendingInputBytes = result.GetValue(_pendingInput),
                UnsentOutputBytes = result.GetValue(_unsentBytes),
            },
        };
    }

    /// <summary>What is wrong with a command line: first with its values, then, if none is, with how they go together.</summary>
    public IReadOnlyList<string> ErrorsOf(ParseResult result)
    {
        List<string> errors = [.. result.Errors.Select(error => error.Message)];
        if (errors.Count > 0)
        {
            return errors;
        }

        if (result.GetValue(_root) is { } root && !Directory.Exists(root))
        {
            errors.Add($"--root: there is no directory '{root}'");
        }

        int cpuCount = result.GetValue(_cpus)!.Length;
        if (cpuCount > 0 && cpuCount != result.GetValue(_loops))
        {
            errors.Add($"--cpus names {cpuCount} cores for {result.GetValue(_loops)} loops: give one core for each of --loops");
        }

        if (cpuCount > 0 && result.GetValue(_pin) == "off")
        {
            errors.Add("--cpus has no meaning with --pin off: leave one of them out");
        }

        errors.AddRange(result.GetValue(_io) == "akka-io" ? MeaninglessWithAkkaIo(result) : []);
        if (result.GetValue(_backend) == "io-uring" && IsGiven(result, _syscallThreads))
        {
            errors.Add("--syscall-threads has no meaning with --backend io-uring: leave one of them out");
        }

        return errors;
    }

    private IEnumerable<string> MeaninglessWithAkkaIo(ParseResult result)
    {
        string[] names =
        [
            IsGiven(result, _cpus) ? _cpus.Name : "",
            IsGiven(result, _pin) ? _pin.Name : "",
            result.GetValue(_backend) != Defaults.Backend ? _backend.Name : "",
            IsGiven(result, _syscallThreads) ? _syscallThreads.Name : "",
            IsGiven(result, _batchWait) ? _batchWait.Name : "",
            IsGiven(result, _turnBudget) ? _turnBudget.Name : "",
            IsGiven(result, _messages) && result.GetValue(_messages) == "pooled" ? "--messages pooled" : "",
        ];
        return names.Where(name => name.Length > 0).Select(name => $"{name} has no meaning with --io akka-io: leave one of them out");
    }

    private static bool IsGiven(ParseResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static Option<int> Number(string name, string description, int defaultValue, int min, int max)
    {
        Option<int> option = new(name) { Description = $"{description} [{min}..{max}]", DefaultValueFactory = _ => defaultValue };
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
                ? value
                : Fail<int>(result, $"{name}: '{text}' is no number from {min} to {max}");
        };
        return option;
    }

    private static Option<string> Choice(string name, string description, string defaultValue, params string[] choices)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => defaultValue };
        option.AcceptOnlyFromAmong(choices);
        return option;
    }

    private static T? Fail<T>(ArgumentResult result, string message)
    {
        result.AddError(message);
        return default;
    }

    private static int[] ParseCpus(ArgumentResult result) =>
        CpuList.TryParse(result.Tokens[0].Value, out IReadOnlyList<int> cpus, out string? mistake)
            ? [.. cpus]
            : Fail<int[]>(result, $"--cpus {mistake}") ?? [];
}
