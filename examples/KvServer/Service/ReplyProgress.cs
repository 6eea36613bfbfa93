using Akka.IO;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Everything written up to a position of the reply stream is in the kernel's hands.</summary>
/// <param name="position">Reply bytes since the connection began.</param>
internal sealed class ReplyProgress(long position) : Tcp.Event
{
    public long Position { get; } = position;
}
