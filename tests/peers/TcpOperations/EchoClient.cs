using System.Net;
using Akka.Actor;
using Akka.IO;

namespace FlexSc.Peers.TcpOperations;

/// <summary>Sends bursts of short messages, each a write of its own, and the next burst when the last is back in full.</summary>
internal sealed class EchoClient : ReceiveActor
{
    public const int MessageBytes = 10;
    public const int MessagesPerBurst = 20;

    private static readonly ByteString Message = ByteString.FromBytes(new byte[MessageBytes]);

    private readonly EchoRun _run;
    private IActorRef _connection = ActorRefs.Nobody;
    private int _outstanding;

    public EchoClient(EchoRun run, EndPoint server)
    {
        _run = run;
        Context.System.Tcp().Tell(new Tcp.Connect(server));
        Receive<Tcp.Connected>(_ =>
        {
            _connection = Sender;
            _connection.Tell(new Tcp.Register(Self));
            run.Connected();
        });
        Receive<Tcp.CommandFailed>(message => run.Failed(message.ToString()));
        Receive<Start>(_ => SendBurst());
        Receive<Tcp.Received>(message =>
        {
            _outstanding -= message.Data.Count;
            if (_outstanding == 0)
            {
                BurstIsBack();
            }
        });
        Receive<Tcp.ConnectionClosed>(_ =>
        {
            run.Closed();
            Context.Stop(Self);
        });
    }

    private void BurstIsBack()
    {
        _run.Echoed(MessagesPerBurst);
        if (_run.IsOver)
        {
            _connection.Tell(Tcp.Close.Instance);
        }
        else
        {
            SendBurst();
        }
    }

    private void SendBurst()
    {
        _outstanding = MessageBytes * MessagesPerBurst;
        for (int index = 0; index < MessagesPerBurst; index++)
        {
            _connection.Tell(Tcp.Write.Create(Message));
        }
    }

    /// <summary>All clients are connected.</summary>
    public sealed class Start
    {
        public static readonly Start Instance = new();
    }
}
