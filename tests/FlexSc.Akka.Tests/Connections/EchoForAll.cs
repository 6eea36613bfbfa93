using Akka.Actor;
using Akka.IO;
using FlexSc.Akka.IO;

namespace FlexSc.Akka.Tests.Connections;

/// <summary>One handler for many connections: it sends back what comes.</summary>
internal sealed class EchoForAll : UntypedActor
{
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tcp.Connected:
                Sender.Tell(new RegisterPooled(Self), Self);
                break;
            case PooledReceived received:
                TcpOutput answer = FlexTcp.OutputOf(Sender);
                received.Span.CopyTo(answer.GetSpan(received.Length));
                answer.Advance(received.Length);
                answer.Flush();
                received.Release();
                break;
        }
    }
}
