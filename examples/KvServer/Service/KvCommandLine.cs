using System.CommandLine;
using System.Globalization;
using FlexSc.Examples.KvServer.Protocol;
using FlexSc.Examples.KvServer.Store;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The options of the command, their ranges, and how they exclude each other.</summary>
internal sealed class KvCommandLine
{
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

    private readonly Option<int> _memoryLimitMb = OptionKinds.Number(
        "--memory-limit-mb", "Memory for items, in MiB; the least recently used leave.", Defaults.MemoryLimitMb, 1, MaxMegabytes);

    private readonly Option<int> _maxArrivingPercent = OptionKinds.Number(
        "--max-arriving-percent", "How much of that memory values may take that are still arriving; those beyond it are refused.",
        Defaults.MaxArrivingPercent, 1, 100);

    private readonly Option<int> _maxItemBytes = OptionKinds.Number(
        "--max-item-bytes", "Largest key plus value.", Defaults.MaxItemBytes, KeyRules.MaxKeyBytes, MaxItemLimitBytes);

    private readonly Option<int> _maxConnections = OptionKinds.Number(
        "--max-connections", "Connections served at a time; never more than ulimit -n allows.", Defaults.MaxConnections, 1, int.MaxValue);

    private readonly Option<int> _maxLineBytes = OptionKinds.Number(
        "--max-line-bytes", "Longest command line but a get's.", Defaults.SessionLimits.MaxLineBytes, 512, 1 << 20);

    private readonly Option<int> _maxGetLineBytes = OptionKinds.Number(
        "--max-get-line-bytes", "Longest line of a get; its keys are answered as they arrive.",
        Defaults.SessionLimits.MaxGetLineBytes, 512, 1 << 30);

    private readonly Option<int> _maxPendingInputBytes = OptionKinds.Number(
        "--max-pending-input-bytes", "Input held while replies wait to be read.",
        Defaults.SessionLimits.MaxPendingInputBytes, 64 * 1024, 1 << 30);

    private readonly Option<int> _maxUnsentBytes = OptionKinds.Number(
        "--max-unsent-bytes", "Replies waiting on one connection before its requests are left unread.",
        Defaults.MaxUnsentBytes, 128 * 1024, 1 << 30);

    private readonly Option<int> _idleTimeoutSeconds = OptionKinds.Number(
        "--idle-timeout-s", "Seconds without a request after which a connection is closed; 0 is never.", Defaults.IdleTimeoutSeconds, 0, MaxTimeoutSeconds);

    private readonly Option<int> _closeTimeoutSeconds = OptionKinds.Number(
        "--close-timeout-s", "Seconds a closing connection has for its last replies.", Defaults.CloseTimeoutSeconds, 1, MaxTimeoutSeconds);

    private readonly Option<int> _stopTimeoutSeconds = OptionKinds.Number(
        "--stop-timeout-s", "Seconds the service has to end in order after that.", Defaults.StopTimeoutSeconds, 1, MaxTimeoutSeconds);

    private readonly ServerCommand _common = new(Defaults, ServerChoices.UnixSocket | ServerChoices.StockIo | ServerChoices.Messages | ServerChoices.WarmUp);

    public KvCommandLine() => Command = _common.Create(
        "A cache that speaks memcached's text protocol, on actors.",
        _host, _memoryLimitMb, _maxArrivingPercent, _maxItemBytes, _maxConnections, _maxLineBytes, _maxGetLineBytes, _maxPendingInputBytes,
        _maxUnsentBytes, _idleTimeoutSeconds, _closeTimeoutSeconds, _stopTimeoutSeconds);

    public RootCommand Command { get; }

    public bool WantsStatsOnStdin(ParseResult result) => _common.WantsStatsOnStdin(result);

    public KvServerOptions ToOptions(ParseResult result) => _common.Apply(result, new KvServerOptions
    {
        Host = result.GetValue(_host)!,
        MemoryLimitMb = result.GetValue(_memoryLimitMb),
        MaxArrivingPercent = result.GetValue(_maxArrivingPercent),
        MaxItemBytes = result.GetValue(_maxItemBytes),
        MaxConnections = result.GetValue(_maxConnections),
        AsksForMaxConnections = result.IsGiven(_maxConnections),
        MaxUnsentBytes = result.GetValue(_maxUnsentBytes),
        IdleTimeoutSeconds = result.GetValue(_idleTimeoutSeconds),
        CloseTimeoutSeconds = result.GetValue(_closeTimeoutSeconds),
        StopTimeoutSeconds = result.GetValue(_stopTimeoutSeconds),
        SessionLimits = new SessionLimits
        {
            MaxLineBytes = result.GetValue(_maxLineBytes),
            MaxGetLineBytes = result.GetValue(_maxGetLineBytes),
            MaxPendingInputBytes = result.GetValue(_maxPendingInputBytes),
        },
    });

    /// <summary>What the options, each valid by itself, forbid together. Only for a result without errors.</summary>
    public IEnumerable<string> ConflictsIn(ParseResult result)
    {
        foreach (string conflict in _common.ConflictsIn(result, _host))
        {
            yield return conflict;
        }

        KvServerOptions options = new()
        {
            Loops = _common.LoopsOf(result),
            MemoryLimitMb = result.GetValue(_memoryLimitMb),
            MaxArrivingPercent = result.GetValue(_maxArrivingPercent),
            MaxItemBytes = result.GetValue(_maxItemBytes),
        };
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

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
