namespace FlexSc.Examples.HttpServer.Files;

/// <param name="SizeBytes">Length of the file.</param>
/// <param name="ModifiedNs">Last modification, nanoseconds since 1970 (UTC).</param>
/// <param name="IsDirectory">Whether it is a directory.</param>
/// <param name="IsRegularFile">Whether it is a regular file; anything but this and a directory is not served.</param>
internal readonly record struct FileMetadata(long SizeBytes, long ModifiedNs, bool IsDirectory, bool IsRegularFile)
{
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Last modification in whole seconds, the precision of an HTTP date.</summary>
    public DateTime ModifiedUtc => DateTime.UnixEpoch.AddSeconds(
        (ModifiedNs - (((ModifiedNs % NsPerSecond) + NsPerSecond) % NsPerSecond)) / NsPerSecond);

    /// <summary>A strong validator, quotes included: it changes with the time in nanoseconds and the length.</summary>
    public string EntityTag => $"\"{ModifiedNs:x}-{SizeBytes:x}\"";
}
