using System.Diagnostics.CodeAnalysis;
using FlexSc.Interop.Calls;
using Microsoft.Extensions.Caching.Memory;

namespace FlexSc.Examples.HttpServer.Files;

/// <summary>
/// Small files that were sent, kept in memory for a bounded time: an answer is never older than that. Past half of it one request
/// looks at the file again, so that a file in demand is always in memory and only that one request waits. From any thread.
/// </summary>
/// <param name="maxBytes">Bytes of all files and their names; beyond, the ones asked for longest ago leave.</param>
/// <param name="maxAgeMs">How long after it was looked at a file may be sent.</param>
internal sealed class FileCache(long maxBytes, int maxAgeMs) : IDisposable
{
    private const int BytesPerCharacter = 2;

    /// <summary>
    /// How long a file must have been left alone before it is kept: more than the longest tick (CONFIG_HZ=100, 10 ms) of each of the
    /// two clocks that are compared, the one that file times are taken from and <see cref="Environment.TickCount64"/>.
    /// </summary>
    internal const int SettlingMs = 50;

    /// <summary>What an entry costs beside name and content: the objects around them and the head. An estimate.</summary>
    private const int OverheadBytes = 512;

    private readonly MemoryCache _files = new(new MemoryCacheOptions { SizeLimit = maxBytes });

    /// <summary>False when the file is not there, too old, or this caller is the one to look at it again.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out CachedFile? file)
    {
        if (!_files.TryGetValue(name, out file))
        {
            return false;
        }

        long ageMs = Environment.TickCount64 - file!.CheckedMs;
        return ageMs <= maxAgeMs / 2 || (ageMs < maxAgeMs && !file.TryClaimCheck());
    }

    /// <summary>
    /// The file in memory, however old, if it is still what was found; it counts as new then. One that is not is dropped: whoever was
    /// sent the new file must not be sent the old one after it.
    /// </summary>
    /// <param name="name">The file's name.</param>
    /// <param name="found">What the open file was found to be.</param>
    /// <param name="checkedMs">When the look began.</param>
    public CachedFile? Confirm(string name, FileMetadata found, long checkedMs)
    {
        if (!_files.TryGetValue(name, out CachedFile? file))
        {
            return null;
        }

        if (file!.Metadata != found)
        {
            // A look that took long may have found less than what is in memory since.
            if (file.CheckedMs <= checkedMs)
            {
                _files.Remove(name);
            }

            return null;
        }

        file.Confirm(checkedMs);
        return file;
    }

    /// <summary>
    /// Keeps a file's content. It does not when there is no room, which makes room for the next, nor when the file was changed just
    /// before: a second change within the same tick would leave the times and perhaps the length as they are.
    /// </summary>
    public void Add(string name, FileMetadata metadata, ReadOnlySpan<byte> content, long checkedMs)
    {
        if (!IsSettled(metadata.StatusChanged, checkedMs) || (_files.TryGetValue(name, out CachedFile? other) && other!.CheckedMs > checkedMs))
        {
            return;
        }

        CachedFile file = new(name, metadata, content.ToArray(), checkedMs);
        _files.Set(name, file, new MemoryCacheEntryOptions
        {
            Size = content.Length + (name.Length * BytesPerCharacter) + OverheadBytes,
        });
    }

    /// <summary>Drops a file that could not be opened.</summary>
    public void Forget(string name) => _files.Remove(name);

    public void Dispose() => _files.Dispose();

    private static bool IsSettled(UnixTime changed, long checkedMs)
    {
        const long msPerSecond = 1_000;
        const int nsPerMs = 1_000_000;
        long settledMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (Environment.TickCount64 - checkedMs) - SettlingMs;
        long settledSeconds = Math.DivRem(settledMs, msPerSecond, out long settledRestMs);
        return changed.Seconds < settledSeconds
            || (changed.Seconds == settledSeconds && changed.Nanoseconds < settledRestMs * nsPerMs);
    }
}
