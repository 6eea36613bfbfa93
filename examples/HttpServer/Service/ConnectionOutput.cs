using System.Buffers;
using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Where a connection's responses go. Used by its actor alone.</summary>
internal abstract class ConnectionOutput : IPrebuiltOutput
{
    /// <summary>Bytes written and not yet known to be in the socket.</summary>
    public abstract long UnsentBytes { get; }

    public abstract void Advance(int count);

    public abstract Memory<byte> GetMemory(int sizeHint = 0);

    public abstract Span<byte> GetSpan(int sizeHint = 0);

    public virtual void Write(PrebuiltResponse response) => ResponseWriter.Copy(this, response.Span);

    /// <summary>Hands over what was written during one message.</summary>
    public abstract void Flush();

    /// <summary>Asks to be told when the socket has taken more; what tells it goes to <see cref="TryTakeProgress"/>.</summary>
    public abstract void RequestProgress();

    /// <summary>True when a message tells that the socket has taken more.</summary>
    public abstract bool TryTakeProgress(object message);
}
