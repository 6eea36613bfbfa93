using System.CommandLine;
using FlexSc.Examples.HttpServer.Protocol;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.FileServer;

/// <summary>The options of the command.</summary>
internal sealed class FileServerCommandLine
{
    private const int MaxTimeoutSeconds = 24 * 3600;

    private static readonly FileServerOptions Defaults = new();

    private readonly Option<string> _root = new("--root") { Description = "Folder to serve.", Required = true };
    private readonly Option<string> _host = new("--host")
    {
        Description = "Address or name to listen on.",
        DefaultValueFactory = _ => Defaults.Host,
    };

    private readonly Option<int> _connections = OptionKinds.Number(
        "--max-connections", "Connections at a time; never more than ulimit -n allows.", Defaults.MaxConnections, 1, 100_000);

    private readonly Option<int> _chunkBytes = OptionKinds.Number(
        "--chunk-bytes", "Bytes of a file read at once.", Defaults.ChunkBytes, 512, 1024 * 1024);

    private readonly Option<int> _unsentBytes = OptionKinds.Number(
        "--max-unsent-bytes", "Unsent output of a connection before it has to wait.",
        (int)Defaults.Limits.UnsentOutputBytes, 4096, int.MaxValue);

    private readonly Option<int> _timeout = OptionKinds.Number(
        "--timeout-s", "Seconds for a request, between requests, and in which a peer takes nothing of an answer.",
        Defaults.TimeoutSeconds, 1, MaxTimeoutSeconds);

    private readonly ServerCommand _common = new(Defaults, ServerChoices.UnixSocket);

    public FileServerCommandLine() => Command = _common.Create(
        "The files of a folder by HTTP, over TLS and a Unix socket.", _root, _host, _connections, _chunkBytes, _unsentBytes, _timeout);

    public RootCommand Command { get; }

    public bool WantsStatsOnStdin(ParseResult result) => _common.WantsStatsOnStdin(result);

    /// <exception cref="IOException">The certificate cannot be read.</exception>
    public FileServerOptions ToOptions(ParseResult result) => _common.Apply(result, new FileServerOptions
    {
        Root = Path.GetFullPath(result.GetValue(_root)!),
        Host = result.GetValue(_host)!,
        MaxConnections = result.GetValue(_connections),
        AsksForMaxConnections = result.IsGiven(_connections),
        ChunkBytes = result.GetValue(_chunkBytes),
        TimeoutSeconds = result.GetValue(_timeout),
        Limits = HttpLimits.Default with { UnsentOutputBytes = result.GetValue(_unsentBytes) },
    });

    /// <summary>What the options, each valid by itself, forbid together. Only for a result without errors.</summary>
    public IEnumerable<string> ConflictsIn(ParseResult result)
    {
        string root = result.GetValue(_root)!;
        IEnumerable<string> conflicts = _common.ConflictsIn(result, _host);
        return Directory.Exists(root) ? conflicts : conflicts.Prepend($"--root: there is no folder '{root}'.");
    }
}
