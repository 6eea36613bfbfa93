using System.Net;
using System.Text;
using Akka.Actor;
using Akka.IO;

namespace AkkaPrograms;

/// <summary>Echo over Akka.IO: an actor a connection.</summary>
public static class EchoProgram
{
    /// <summary>Binds a server.</summary>
    /// <returns>Where it listens.</returns>
    public static Task<EndPoint> ServeAsync(ActorSystem system)
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Server(bound)));
        return bound.Task;
    }

    /// <summary>Sends messages, each once the echo of the one before has come, and one large one; then closes and waits for the end.</summary>
    /// <returns>What came back, and how it ended.</returns>
    public static Task<string> TalkAsync(ActorSystem system, EndPoint server)
    {
        TaskCompletionSource<string> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Client(server, done)));
        return done.Task;
    }

    private sealed class Server : ReceiveActor
    {
        public Server(TaskCompletionSource<EndPoint> bound)
        {
            Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0)));
            Receive<Tcp.Bound>(answer => bound.SetResult(answer.LocalAddress));
            Receive<Tcp.CommandFailed>(failed => bound.SetException(new InvalidOperationException($"{failed.Cmd} failed")));
            Receive<Tcp.Connected>(_ => Sender.Tell(new Tcp.Register(Context.ActorOf(Props.Create(() => new Connection(Sender))))));
        }
    }

    private sealed class Connection : ReceiveActor
    {
        public Connection(IActorRef connection)
        {
            Receive<Tcp.Received>(received => connection.Tell(Tcp.Write.Create(received.Data)));
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }
    }

    private sealed class Client : ReceiveActor
    {
        private static readonly string[] Messages = [.. Enumerable.Range(0, 50).Select(i => $"message {i};"), new('x', 300_000), "bye;"];
        private readonly StringBuilder _came = new();
        private readonly StringBuilder _transcript = new();
        private IActorRef _connection = Nobody.Instance;
        private int _next;

        public Client(EndPoint server, TaskCompletionSource<string> done)
        {
            Context.System.Tcp().Tell(new Tcp.Connect(server));
            Receive<Tcp.Connected>(_ =>
            {
                _connection = Sender;
                _connection.Tell(new Tcp.Register(Self));
                SendNext();
            });
            Receive<Tcp.Received>(received =>
            {
                _came.Append(received.Data);
                if (_came.Length == Messages[_next].Length)
                {
                    string text = _came.ToString();
                    _transcript.AppendLine(text.Length < 100 ? text : $"{text.Length} of '{text[0]}', the same: {text == Messages[_next]}");
                    _came.Clear();
                    _next++;
                    SendNext();
                }
            });
            Receive<Tcp.ConnectionClosed>(closed =>
            {
                done.SetResult($"{_transcript}{closed.GetType().Name}");
                Context.Stop(Self);
            });
            Receive<Tcp.CommandFailed>(failed => done.SetException(new InvalidOperationException($"{failed.Cmd} failed")));
        }

        private void SendNext() => _connection.Tell(
            _next < Messages.Length ? Tcp.Write.Create(ByteString.FromString(Messages[_next])) : Tcp.ConfirmedClose.Instance);
    }
}
