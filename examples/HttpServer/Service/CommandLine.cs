using System.CommandLine;
using System.Net;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.Shared;

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
            : OptionKinds.Fail<IPAddress>(result, $"--host: '{result.Tokens[0].Value}' is no IP address."),
    };

    private readonly Option<string?> _root = new("--root") { Description = "Directory of static files; without it none are served." };

    private readonly Option<int> _headBytes = OptionKinds.Number("--max-head-bytes", "Longest request head; 431 beyond.", Defaults.Limits.HeadBytes, 256, 1024 * 1024);
    private readonly Option<int> _lineBytes = OptionKinds.Number("--max-request-line-bytes", "Longest request line; 414 beyond.", Defaults.Limits.RequestLineBytes, 64, 1024 * 1024);
    private readonly Option<int> _headerCount = OptionKinds.Number("--max-headers", "Most header fields; 431 beyond.", Defaults.Limits.HeaderCount, 1, 10_000);
    private readonly Option<int> _bodyBytes = OptionKinds.Number("--max-body-bytes", "Longest request body; 413 beyond.", (int)Defaults.Limits.BodyBytes, 0, int.MaxValue);
    private readonly Option<int> _pendingInput = OptionKinds.Number("--max-pending-input-bytes", "Input held while a response is under way; reset beyond.", Defaults.Limits.PendingInputBytes, 1024, int.MaxValue);
    private readonly Option<int> _unsentBytes = OptionKinds.Number("--max-unsent-bytes", "Unsent output of a connection before it has to wait.", (int)Defaults.Limits.UnsentOutputBytes, 4096, int.MaxValue);
    private readonly Option<int> _connections = OptionKinds.Number("--max-connections", "Open connections; more are reset. By default as many as ulimit -n allows, up to 20000; never more than it allows.", HttpServerOptions.MostConnectionsUnasked, 1, 10_000_000);
    private readonly Option<int> _headTimeout = OptionKinds.Number("--head-timeout-ms", "Time for a request head; 408 beyond.", Defaults.HeadTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _bodyTimeout = OptionKinds.Number("--body-timeout-ms", "Time for a request body; 408 beyond.", Defaults.BodyTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _idleTimeout = OptionKinds.Number("--idle-timeout-ms", "Time between requests; closed beyond.", Defaults.IdleTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _writeTimeout = OptionKinds.Number("--write-timeout-ms", "Time in which the peer takes nothing of a response; ended beyond.", Defaults.WriteTimeoutMs, 1, int.MaxValue);
    private readonly Option<int> _fileChunk = OptionKinds.Number("--file-chunk-bytes", "Bytes of a file read at once.", Defaults.FileChunkBytes, 512, 16 * 1024 * 1024);
    private readonly Option<int> _fileCache = OptionKinds.Number("--file-cache-bytes", "Memory for small files that are sent again; 0 keeps none.", (int)Defaults.FileCacheBytes, 0, int.MaxValue);
    private readonly Option<int> _fileCacheAge = OptionKinds.Number("--file-cache-age-ms", "Time by which a changed file is noticed.", Defaults.FileCacheAgeMs, 1, int.MaxValue);
    private readonly Option<int> _fileCalls = OptionKinds.Number("--max-file-calls", "Calls on files under way at once on each loop; more wait.", Defaults.MaxFileCalls, 1, 100);

    private readonly DashboardCommandLine _dashboard = new();
    private readonly ServerCommand _common = new(Defaults, ServerChoices.StockIo | ServerChoices.Messages | ServerChoices.WarmUp);

    public CommandLine() => Command = _common.Create(
        "An HTTP/1.1 service on actors: /plaintext, /json, and static files below --root.",
        [_host, _root, _headBytes, _lineBytes, _headerCount, _bodyBytes, _pendingInput, _unsentBytes, _connections,
        _headTimeout, _bodyTimeout, _idleTimeout, _writeTimeout, _fileChunk, _fileCache, _fileCacheAge, _fileCalls,
        .. _dashboard.All]);

    public RootCommand Command { get; }

    public bool WantsStatsOnStdin(ParseResult result) => _common.WantsStatsOnStdin(result);

    public HttpServerOptions ToOptions(ParseResult result) => _common.Apply(result, new HttpServerOptions
    {
        Host = result.GetValue(_host)!,
        Root = result.GetValue(_root),
        MaxConnections = result.IsGiven(_connections) ? result.GetValue(_connections) : null,
        HeadTimeoutMs = result.GetValue(_headTimeout),
        BodyTimeoutMs = result.GetValue(_bodyTimeout),
        IdleTimeoutMs = result.GetValue(_idleTimeout),
        WriteTimeoutMs = result.GetValue(_writeTimeout),
        FileChunkBytes = result.GetValue(_fileChunk),
        FileCacheBytes = result.GetValue(_fileCache),
        FileCacheAgeMs = result.GetValue(_fileCacheAge),
        MaxFileCalls = result.GetValue(_fileCalls),
        Dashboard = _dashboard.OptionsOf(result),
        Limits = HttpLimits.Default with
        {
            HeadBytes = result.GetValue(_headBytes),
            RequestLineBytes = result.GetValue(_lineBytes),
            HeaderCount = result.GetValue(_headerCount),
            BodyBytes = result.GetValue(_bodyBytes),
            PendingInputBytes = result.GetValue(_pendingInput),
            UnsentOutputBytes = result.GetValue(_unsentBytes),
        },
    });

    /// <summary>What the options, each valid by itself, forbid together. Only for a result without errors.</summary>
    public IEnumerable<string> ConflictsIn(ParseResult result)
    {
        string? root = result.GetValue(_root);
        IEnumerable<string> conflicts = _common.ConflictsIn(result, _host)
            .Concat(_dashboard.ConflictsIn(result, _common.IsStock(result), _common.HostsOf(result, $"{result.GetValue(_host)}")));
        return root is null || Directory.Exists(root) ? conflicts : conflicts.Prepend($"--root: there is no directory '{root}'.");
    }
}
