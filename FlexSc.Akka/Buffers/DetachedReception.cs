using System.Buffers;
using Akka.Actor;
using Akka.Event;

namespace FlexSc.Akka.IO;

/// <summary>
/// Received bytes that belong to whoever holds this object, whatever becomes of the connection and its handler; made by
/// <see cref="PooledReceived.Detach"/>. Their memory is the garbage collector's, so one that is never disposed is no leak. One
/// thread at a time.
/// </summary>
public sealed class DetachedReception : IMemoryOwner<byte>, INoSerializationVerificationNeeded, IDeadLetterSuppression
{
    private byte[]? _bytes;

    internal DetachedReception(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    public Memory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_bytes is null, this);
            return _bytes;
        }
    }

    /// <summary>Lets go of the bytes.</summary>
    public void Dispose() => _bytes = null;
}
