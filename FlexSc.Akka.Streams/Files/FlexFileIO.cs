using Akka.IO;
using Akka.Streams.Dsl;
using Akka.Streams.IO;

namespace FlexSc.Akka.Streams;

/// <summary>
/// Files as sources and sinks, as Akka.Streams' <see cref="FileIO"/> has them, over <see cref="IO.FlexFile"/>: no thread blocks, and no
/// dispatcher for blocking work is needed. From any thread.
/// </summary>
public static class FlexFileIO
{
    /// <summary>Default size of a chunk, as <see cref="FileIO"/> has it.</summary>
    public const int DefaultChunkBytes = 8192;

    /// <summary>
    /// The content of a file. Materializes the number of bytes read, when the stream is over and the file closed: a success at the end of the
    /// file or when the stream was cancelled, else a failure, which the stream has as well.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="chunkSize">Bytes of an element, but for the last one: 1 to <c>flexsc.file.max-read-bytes</c>.</param>
    /// <param name="startPosition">First byte, 0 or more; 0 for what has no positions, such as a FIFO, of which comes what is there.</param>
    /// <exception cref="ArgumentOutOfRangeException">Size or position is out of range.</exception>
    public static Source<ByteString, Task<IOResult>> FromFile(FileInfo file, int chunkSize = DefaultChunkBytes, long startPosition = 0)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfLessThan(chunkSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(startPosition);
        return Source.FromGraph(new FileSourceStage(file.FullName, chunkSize, startPosition));
    }

    /// <summary>
    /// Writes what comes to a file. Materializes the number of bytes written, when they are on the device (fsync(2)) and the file is closed.
    /// A write that fails makes it a failure with the bytes written before; when the stream fails, the task does, with
    /// <see cref="AbruptIOTerminationException"/>, and when the file cannot be opened, with that error.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="fileMode">How it is opened; null for <see cref="FileMode.Create"/>, which cuts what is there.</param>
    /// <param name="startPosition">Where the first byte goes, 0 or more; without effect for <see cref="FileMode.Append"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The position is out of range.</exception>
    public static Sink<ByteString, Task<IOResult>> ToFile(FileInfo file, FileMode? fileMode = null, long startPosition = 0)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentOutOfRangeException.ThrowIfNegative(startPosition);
        return Sink.FromGraph(new FileSinkStage(file.FullName, fileMode ?? FileMode.Create, startPosition));
    }
}
