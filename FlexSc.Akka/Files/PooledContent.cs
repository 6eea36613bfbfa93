using System.Buffers;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>
/// What a <see cref="FlexFile.Read"/> with <c>Pooled</c> found, in a buffer of <see cref="ArrayPool{T}.Shared"/>. The reader looks at
/// <see cref="Span"/> and then calls <see cref="Release"/>, exactly once, from any thread; after that the bytes belong to somebody else, and
/// the object refuses. One that is never released is left to the garbage collector.
/// </summary>
public sealed class PooledContent : INoSerializationVerificationNeeded, IDeadLetterSuppression, IDisposable
{
    private byte[]? _bytes;

    internal PooledContent(FlexFile.Read command, byte[] bytes, int length)
    {
        Command = command;
        _bytes = bytes;
        Length = length;
    }

    /// <summary>The command.</summary>
    public FlexFile.Read Command { get; }

    /// <summary>Bytes; 0 at the end of the file.</summary>
    public int Length { get; }

    /// <summary>The end of the file was reached, or, at <see cref="FlexFile.CurrentPosition"/>, that of the stream.</summary>
    public bool IsEnd => Command.Position == FlexFile.CurrentPosition ? Length == 0 : Length < Command.Length;

    /// <summary>The bytes, until <see cref="Release"/>.</summary>
    /// <exception cref="ObjectDisposedException">It was released.</exception>
    public ReadOnlySpan<byte> Span => Memory.Span;

    /// <summary>The bytes, until <see cref="Release"/>.</summary>
    /// <exception cref="ObjectDisposedException">It was released.</exception>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            byte[]? bytes = Volatile.Read(ref _bytes);
            ObjectDisposedException.ThrowIf(bytes is null, this);
            return bytes.AsMemory(0, Length);
        }
    }

    /// <summary>Gives the buffer back.</summary>
    /// <exception cref="ObjectDisposedException">It was released.</exception>
    public void Release()
    {
        byte[]? bytes = Interlocked.Exchange(ref _bytes, null);
        ObjectDisposedException.ThrowIf(bytes is null, this);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>As <see cref="Release"/>, and nothing when that was done before.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"PooledContent({Command}, {Length} bytes)";
}
