using Akka.Configuration;

namespace FlexSc.Akka.IO;

/// <summary>The section <c>flexsc.file</c>.</summary>
internal sealed record FileSettings
{
    private const string Path = "flexsc.file";
    private const int MaxCommands = 1_000_000;
    private const int MaxBytes = 64 * 1024 * 1024;
    private const int MinWatchBytes = 4096;

    /// <summary>Commands of a handle under way at once.</summary>
    public required int MaxInFlight { get; init; }

    /// <summary>Commands of a handle that wait.</summary>
    public required int MaxQueued { get; init; }

    /// <summary>Commands of the manager under way at once.</summary>
    public required int MaxPathCalls { get; init; }

    /// <summary>Commands of the manager that wait.</summary>
    public required int MaxQueuedPathCalls { get; init; }

    /// <summary>Most bytes of a read.</summary>
    public required int MaxReadBytes { get; init; }

    /// <summary>Most bytes of one call of a write.</summary>
    public required int WritePieceBytes { get; init; }

    /// <summary>Bytes of the transfers of a loop that are under way at once.</summary>
    public required int MaxTransferBytesPerLoop { get; init; }

    /// <summary>Bytes that a watch reads at once.</summary>
    public required int WatchBufferBytes { get; init; }

    /// <exception cref="ConfigurationException">A value is out of range; the text names the key.</exception>
    public static FileSettings Create(Config application)
    {
        Config config = FlexScConfig.Section(application, Path);
        FileSettings settings = new()
        {
            MaxInFlight = FlexScConfig.Number(config, Path, "max-in-flight", 1, MaxCommands),
            MaxQueued = FlexScConfig.Number(config, Path, "max-queued", 0, MaxCommands),
            MaxPathCalls = FlexScConfig.Number(config, Path, "max-path-calls", 1, MaxCommands),
            MaxQueuedPathCalls = FlexScConfig.Number(config, Path, "max-queued-path-calls", 0, MaxCommands),
            MaxReadBytes = FlexScConfig.Number(config, Path, "max-read-bytes", 1, MaxBytes),
            WritePieceBytes = FlexScConfig.Number(config, Path, "write-piece-bytes", 1, MaxBytes),
            MaxTransferBytesPerLoop = FlexScConfig.Number(config, Path, "max-transfer-bytes-per-loop", 1, int.MaxValue),
            WatchBufferBytes = FlexScConfig.Number(config, Path, "watch-buffer-bytes", MinWatchBytes, MaxBytes),
        };
        int largest = Math.Max(settings.MaxReadBytes, settings.WritePieceBytes);
        return settings.MaxTransferBytesPerLoop >= largest ? settings : throw new ConfigurationException(
            $"{Path}.max-transfer-bytes-per-loop must be at least max-read-bytes and write-piece-bytes, {largest}, not {settings.MaxTransferBytesPerLoop}");
    }
}
