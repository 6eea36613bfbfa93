using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Examples.QuickStart;

/// <summary>Connects, says one thing, and hands on what comes back.</summary>
internal sealed class EchoClient : ReceiveActor
{
    private ByteString _received = ByteString.Empty;

    public EchoClient(EndPoint server, string text, TaskCompletionSource<string> answer)
    {
        ByteString bytes = ByteString.FromString(text);
        Context.System.Tcp().Tell(new Tcp.Connect(server));
        Receive<Tcp.Connected>(_ =>
        {
            Sender.Tell(new Tcp.Register(Self));
            Sender.Tell(Tcp.Write.Create(bytes));
        });
        Receive<Tcp.Received>(message =>
        {
            // TCP keeps the order of bytes, not the borders between writes.
            _received += message.Data;
            if (_received.Count >= bytes.Count)
            {
                answer.TrySetResult(_received.ToString());
                Sender.Tell(Tcp.Close.Instance);
            }
        });
        Receive<Tcp.CommandFailed>(message => Fail($"cannot connect to {server}: {message.CauseString}"));
        Receive<Tcp.ConnectionClosed>(message =>
        {
            Fail($"the connection ended before the answer: {message}");
            Context.Stop(Self);
        });

        void Fail(string reason) => answer.TrySetException(new IOException(reason));
    }
}
