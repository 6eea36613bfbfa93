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

    /// <returns>Bytes read; 0 at the end of the file.</returns>
    public abstract ValueTask<int> ReadAsync(Memory<byte> buffer, long offsetBytes);

    /// <summary>Closes the file, once, after the last read has ended.</summary>
    public abstract void Close();
}
