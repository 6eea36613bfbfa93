namespace FlexSc.Examples.HttpServer.Files;

/// <summary>Opens files below one root; nothing outside it can be reached, by name or by link.</summary>
internal interface IFileStore : IDisposable
{
    /// <summary>Opens a file or directory for reading without blocking the caller.</summary>
    /// <param name="name">A name below the root, without leading slash; empty for the root.</param>
    ValueTask<OpenFileResult> OpenAsync(string name);
}

/// <param name="Status">0, or the HTTP status that says why there is no file.</param>
/// <param name="File">The file when the status is 0; the receiver closes it.</param>
internal readonly record struct OpenFileResult(int Status, OpenFile? File);

/// <summary>An open file; one call at a time.</summary>
internal abstract class OpenFile
{
    public required FileMetadata Metadata { get; init; }

    /// <param name="maxBytes">Most bytes to read: 1 to the service's chunk size.</param>
    /// <param name="offsetBytes">Where in the file.</param>
    /// <returns>What was read, empty at the end of the file; the receiver returns it, soon.</returns>
    public abstract ValueTask<FileChunk> ReadAsync(int maxBytes, long offsetBytes);

    /// <summary>Closes the file, once, after the last read has ended. It does not wait for the call.</summary>
    public abstract void Close();
}

/// <summary>Bytes of a file in memory that is used again.</summary>
internal abstract class FileChunk
{
    public abstract ReadOnlySpan<byte> Span { get; }

    /// <summary>Gives the memory back, once. From any thread.</summary>
    public abstract void Return();
}
