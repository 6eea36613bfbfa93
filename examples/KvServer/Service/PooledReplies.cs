using System.Buffers;
using Akka.Actor;
using FlexSc.Akka.IO;

namespace FlexSc.Examples.KvServer.Service;

/// <summary>Replies written straight into the memory they are sent from. Progress comes as <see cref="OutputDrained"/>.</summary>
internal sealed class PooledReplies(IActorRef connection) : IReplies
{
    private readonly TcpOutput _output = FlexTcp.OutputOf(connection);

    public IBufferWriter<byte> Output => _output;

    public long UnsentBytes => _output.UnsentBytes;

    public void Send() => _output.Flush();

    public void RequestProgress(long unsentAtMostBytes) => _output.NotifyWhenUnsentAtMost(unsentAtMostBytes);
}
