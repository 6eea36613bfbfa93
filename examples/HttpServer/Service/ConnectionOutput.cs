using FlexSc.Examples.HttpServer.Protocol;

namespace FlexSc.Examples.HttpServer.Service;

/// <summary>Where a connection's responses go. Used by its actor alone.</summary>
internal abstract class ConnectionOutput : IPrebuiltOutput
{
    /// <summary>Bytes written and not yet known to be in the socket.</summary>
    public abstract long UnsentBytes { get; }

    /// <summary>Bytes written that the peer's system is not known to have: the kernel of this one may hold megabytes.</summary>
    public abstract long UntakenBytes { get; }

    /// <summary>
    /// Bytes that the peer's system has acknowledged; that it grows is what progress is. A send that ended tells of this system's memory
    /// only.
    /// </summary>
    public abstract long TakenBytes { get; }

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

    /// <summary>Ends the connection without waiting: the peer gets what the kernel holds, and then the end of the stream.</summary>
    public abstract void CloseNow();
}
