using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Store;
using FlexSc.Interop.Linux;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The options of the command, their ranges, and how they exclude each other.</summary>
internal sealed class KvCommandLine
{
    private const int MaxPort = 65535;
    private const int MaxLoops = 1024;
    private const int MaxSyscallThreads = 64;
    private const int MaxBatchWaitUs = 1000;
    private const int MaxTurnBudgetUs = 100_000;
    private const int MaxTimeoutSeconds = 7 * 24 * 3600;
    private const int MaxMegabytes = 1024 * 1024;
    private const int MaxItemLimitBytes = 128 * 1024 * 1024;

    // An item must never push most of its shard out.
    private const int MinItemsPerShard = 4;

    private static readonly KvServerOptions Defaults = new();

    private readonly Option<string> _host = new("--host")
    {
        Description = "Address or name to listen on.",
        DefaultValueFactory = _ => Defaults.Host,
    };

    private readonly Option<int> _port = Number("--port", "Port to listen on; 0 takes a free one.", Defaults.Port, 0, MaxPort);

    private readonly Option<int> _loops = Number("--loops", "Loops, each a thread of its own.", Defaults.Loops, 1, MaxLoops);

    private readonly Option<int[]> _cpus = new("--cpus")
    {
        Description = "Cores for the loops, as in 0,2-3.",
        CustomParser = ParseCpus,
    };

    private readonly Option<string> _pin = Choice("--pin", "Whether each loop stays on a core: off where the cores are shared with other busy programs.", "on", "off");

    private readonly Option<string> _backend = Choice("--backend", "Who executes system calls.", "auto", "io-uring", "syscall-threads", "kernel-module");

    private readonly Option<int> _syscallThreads = Number(
        "--syscall-threads", "Threads beside each loop: with --backend syscall-threads 0 has the loop execute calls itself, with kernel-module it is as 1.",
        Defaults.SyscallThreads, 0, MaxSyscallThreads);

    private readonly Option<int> _batchWait = Number(
        "--batch-wait-us", "Microseconds a loop may wait for more to come together; 0 is off.", Defaults.BatchWaitUs, 0, MaxBatchWaitUs);

    private readonly Option<int> _turnBudget = Number(
        "--turn-budget-us", "Microseconds that each kind of a loop turn's work may take before the next one has its share.",
        Defaults.TurnBudgetUs, 1, MaxTurnBudgetUs);

    private readonly Option<string> _io = Choice("--io", "Whose sockets: FlexSC's, or stock Akka.IO's.", "flexsc", "akka-io");

    private readonly Option<string?> _messages = new("--messages")
    {
        Description = "What a connection's actor receives: pooled (default with --io flexsc) or akka.",
    };

    private readonly Option<int> _memoryLimitMb = Number(
        "--memory-limit-mb", "Memory for items, in MiB; the least recently used leave.", Defaults.MemoryLimitMb, 1, MaxMegabytes);

    private readonly Option<int> _maxArrivingPercent = Number(
        "--max-arriving-percent", "How much of that memory values may take that are still arriving; those beyond it are refused.",
        Defaults.MaxArrivingPercent, 1, 100);

    private readonly Option<int> _maxItemBytes = Number(
        "--max-item-bytes", "Largest key plus value.", Defaults.MaxItemBytes, KeyRules.MaxKeyBytes, MaxItemLimitBytes);

    private readonly Option<int> _maxConnections = Number(
        "--max-connections", "Connections served at a time; never more than ulimit -n allows.", Defaults.MaxConnections, 1, int.MaxValue);

    private readonly Option<int> _maxLineBytes = Number(
        "--max-line-bytes", "Longest command line but a get's.", Defaults.SessionLimits.MaxLineBytes, 512, 1 << 20);

    private readonly Option<int> _maxGetLineBytes = Number(
        "--max-get-line-bytes", "Longest line of a get; its keys are answered as they arrive.",
        Defaults.SessionLimits.MaxGetLineBytes, 512, 1 << 30);

    private readonly Option<int> _maxPendingInputBytes = Number(
        "--max-pending-input-bytes", "Input held while replies wait to be read.",
        Defaults.SessionLimits.MaxPendingInputBytes, 64 * 1024, 1 << 30);

    private readonly Option<int> _maxUnsentBytes = Number(
        "--max-unsent-bytes", "Replies waiting on one connection before its requests are left unread.",
        Defaults.MaxUnsentBytes, 128 * 1024, 1 << 30);

    private readonly Option<int> _backlog = Number("--backlog", "Connections the kernel holds before they are accepted.", Defaults.Backlog, 1, 65535);

    private readonly Option<int> _idleTimeoutSeconds = Number(
        "--idle-timeout-s", "Seconds without a request after which a connection is closed; 0 is never.", Defaults.IdleTimeoutSeconds, 0, MaxTimeoutSeconds);

    private readonly Option<int> _closeTimeoutSeconds = Number(
        "--close-timeout-s", "Seconds a closing connection has for its last replies.", Defaults.CloseTimeoutSeconds, 1, MaxTimeoutSeconds);

    private readonly Option<int> _stopTimeoutSeconds = Number(
        "--stop-timeout-s", "Seconds the service has to end in order when it is asked to.", Defaults.StopTimeoutSeconds, 1, MaxTimeoutSeconds);

    private readonly Option<bool> _statsOnStdin = new("--stats-on-stdin")
    {
        Description = "Answer each line 'stats' on standard input with one line of JSON.",
    };

    public KvCommandLine()
    {
        _messages.AcceptOnlyFromAmong("pooled", "akka");
        Command = new RootCommand("A cache that speaks memcached's text protocol, on actors.")
        {
            _host, _port, _loops, _cpus, _pin, _backend, _syscallThreads, _batchWait, _turnBudget, _io, _messages, _memoryLimitMb, _maxArrivingPercent, _maxItemBytes,
            _maxConnections, _maxLineBytes, _maxGetLineBytes, _maxPendingInputBytes, _maxUnsentBytes, _idleTimeoutSeconds, _closeTimeoutSeconds,
            _stopTimeoutSeconds, _backlog, _statsOnStdin,
        };
    }

    public RootCommand Command { get; }

    public bool WantsStatsOnStdin(ParseResult result) => result.GetValue(_statsOnStdin);

    public KvServerOptions ToOptions(ParseResult result)
    {
        IoMode io = result.GetValue(_io) == "akka-io" ? IoMode.AkkaIo : IoMode.FlexSc;
        return new KvServerOptions
        {
            Host = result.GetValue(_host)!,
            Port = result.GetValue(_port),
            Loops = result.GetValue(_loops),
            Cpus = result.GetValue(_cpus) ?? [],
            Pin = result.GetValue(_pin) == "on",
            Backend = result.GetValue(_backend)!,
            SyscallThreads = result.GetValue(_syscallThreads),
            BatchWaitUs = result.GetValue(_batchWait),
            TurnBudgetUs = result.GetValue(_turnBudget),
            Io = io,
            Messages = io == IoMode.AkkaIo || result.GetValue(_messages) == "akka" ? MessageMode.Akka : MessageMode.Pooled,
            MemoryLimitMb = result.GetValue(_memoryLimitMb),
            MaxArrivingPercent = result.GetValue(_maxArrivingPercent),
            MaxItemBytes = result.GetValue(_maxItemBytes),
            MaxConnections = result.GetValue(_maxConnections),
            AsksForMaxConnections = result.GetResult(_maxConnections) is { Implicit: false },
            MaxUnsentBytes = result.GetValue(_maxUnsentBytes),
            IdleTimeoutSeconds = result.GetValue(_idleTimeoutSeconds),
            CloseTimeoutSeconds = result.GetValue(_closeTimeoutSeconds),
            StopTimeoutSeconds = result.GetValue(_stopTimeoutSeconds),
            Backlog = result.GetValue(_backlog),
            SessionLimits = new SessionLimits
            {
                MaxLineBytes = result.GetValue(_maxLineBytes),
                MaxGetLineBytes = result.GetValue(_maxGetLineBytes),
                MaxPendingInputBytes = result.GetValue(_maxPendingInputBytes),
            },
        };
    }

    /// <summary>What the options, each valid by itself, forbid together. Only for a result without errors.</summary>
    public IEnumerable<string> ConflictsIn(ParseResult result)
    {
        if (result.GetValue(_io) == "akka-io")
        {
            string[] meaningless =
            [
                result.GetResult(_cpus) is { Implicit: false } ? _cpus.Name : "",
                result.GetResult(_pin) is { Implicit: false } ? _pin.Name : "",
                result.GetValue(_backend) != "auto" ? _backend.Name : "",
                result.GetValue(_syscallThreads) != 0 ? _syscallThreads.Name : "",
                result.GetResult(_batchWait) is { Implicit: false } ? _batchWait.Name : "",
                result.GetResult(_turnBudget) is { Implicit: false } ? _turnBudget.Name : "",
                result.GetValue(_messages) == "pooled" ? "--messages pooled" : "",
            ];
            foreach (string option in meaningless.Where(option => option.Length > 0))
            {
                yield return $"{option} has no meaning with --io akka-io: leave one of them out.";
            }
        }

        KvServerOptions options = ToOptions(result);
        if (options.SyscallThreads > 0 && options.Backend == "io-uring")
        {
            yield return $"{_syscallThreads.Name} has no meaning with --backend io-uring: leave one of them out.";
        }

        if (options.Cpus.Count > 0 && options.Cpus.Count != options.Loops)
        {
            yield return Text($"--cpus names {options.Cpus.Count} cores for {options.Loops} loops: name one core for each.");
        }

        if (options.Cpus.Count > 0 && !options.Pin)
        {
            yield return "--cpus has no meaning with --pin off: leave one of them out.";
        }

        long bytesPerShard = options.MemoryLimitBytes / KvStore.ShardCountFor(options.Loops);
        if (bytesPerShard < (long)MinItemsPerShard * options.MaxItemBytes)
        {
            yield return Text(
                $"--memory-limit-mb leaves {bytesPerShard} bytes to each loop, --max-item-bytes needs {MinItemsPerShard} times its {options.MaxItemBytes}: raise the first or lower the second.");
        }

        long arrivingBytes = KvStore.ArrivingLimitBytes(bytesPerShard, options.MaxArrivingPercent);
        if (arrivingBytes < 2L * options.MaxItemBytes)
        {
            yield return Text(
                $"--max-arriving-percent leaves {arrivingBytes} bytes of each loop's memory to values that are arriving, --max-item-bytes needs 2 times its {options.MaxItemBytes}: raise the first or lower the second.");
        }
    }

    private static Option<int> Number(string name, string description, int defaultValue, int min, int max) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
            bool parsed = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
            if (!parsed || value < min || value > max)
            {
                result.AddError(Text($"{name} must be a number from {min} to {max}, not '{text}'."));
            }

            return value;
        },
    };

    private static Option<string> Choice(string name, string description, params string[] values)
    {
        Option<string> option = new(name) { Description = description, DefaultValueFactory = _ => values[0] };
        option.AcceptOnlyFromAmong(values);
        return option;
    }

    private static int[]? ParseCpus(ArgumentResult result)
    {
        if (CpuList.TryParse(string.Join(',', result.Tokens.Select(token => token.Value)), out IReadOnlyList<int> cpus, out string? mistake))
        {
            return [.. cpus];
        }

        result.AddError($"--cpus {mistake}.");
        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
