using System.Buffers;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>The way of a connection's replies to its socket. For the connection's actor alone.</summary>
internal interface IReplies
{
    /// <summary>Takes the replies of the message at hand.</summary>
    IBufferWriter<byte> Output { get; }

    /// <summary>Bytes written that the kernel has not taken yet, as far as is known.</summary>
    long UnsentBytes { get; }

    /// <summary>Hands over what was written.</summary>
    void Send();

    /// <summary>Has the actor told once no more than so many bytes are unsent, or earlier; then it looks and asks again.</summary>
    void RequestProgress(long unsentAtMostBytes);
}
