using System.Net;
using System.Text;
using Akka.Actor;
using Akka.IO;

namespace AkkaPrograms;

/// <summary>
/// A chat of lines over Akka.IO in pull mode: the room reads on from a member only when everybody has been sent the member's last line.
/// </summary>
public static class ChatProgram
{
    /// <summary>Opens a room.</summary>
    /// <returns>Where it listens.</returns>
    public static Task<EndPoint> ServeAsync(ActorSystem system)
    {
        TaskCompletionSource<EndPoint> bound = new(TaskCreationOptions.RunContinuationsAsynchronously);
        system.ActorOf(Props.Create(() => new Room(bound)));
        return bound.Task;
    }

    /// <summary>Three members talk in turns, and leave one after the other.</summary>
    /// <returns>What each of them heard.</returns>
    public static async Task<string> TalkAsync(ActorSystem system, EndPoint room, TimeSpan timeLimit)
    {
        List<IActorRef> members = [];
        foreach (string name in (string[])["Ann", "Ben", "Cleo"])
        {
            IActorRef member = system.ActorOf(Props.Create(() => new Member(room)));
            members.Add(member);
            await member.Ask<Heard>(new Say($"{name} is here"), timeLimit);
            await HearAsync(members, $"{name} is here", timeLimit);
        }

        for (int i = 0; i < 20; i++)
        {
            // Some lines are longer than a reception, and some come several at once.
            string text = i % 5 == 0 ? new string((char)('a' + i), 20_000) : $"line {i}\nand {i} again";
            await members[i % 3].Ask<Heard>(new Say(text), timeLimit);
            await HearAsync(members, text.Split('\n')[^1], timeLimit);
        }

        StringBuilder transcript = new();
        foreach (IActorRef member in members)
        {
            transcript.Append(await member.Ask<string>(Leave.Instance, timeLimit));
        }

        return transcript.ToString();
    }

    private static async Task HearAsync(IEnumerable<IActorRef> members, string line, TimeSpan timeLimit)
    {
        foreach (IActorRef member in members)
        {
            await member.Ask<Heard>(new AwaitLine(line), timeLimit);
        }
    }

    private sealed record Say(string Line);

    private sealed record AwaitLine(string Line);

    private sealed record Broadcast(string Line, IActorRef From);

    private sealed class Heard
    {
        public static Heard Instance { get; } = new();
    }

    private sealed class Leave
    {
        public static Leave Instance { get; } = new();
    }

    private sealed class Written : Tcp.Event
    {
        public static Written Instance { get; } = new();
    }

    /// <summary>Cuts what comes into lines.</summary>
    private sealed class Lines
    {
        private string _rest = "";

        public string[] Add(ByteString bytes)
        {
            string[] parts = (_rest + bytes).Split('\n');
            _rest = parts[^1];
            return parts[..^1];
        }
    }

    private sealed class Room : ReceiveActor
    {
        private readonly HashSet<IActorRef> _members = [];

        public Room(TaskCompletionSource<EndPoint> bound)
        {
            Context.System.Tcp().Tell(new Tcp.Bind(Self, new IPEndPoint(IPAddress.Loopback, 0), pullMode: true));
            IActorRef listener = Nobody.Instance;
            Receive<Tcp.Bound>(answer =>
            {
                listener = Sender;
                listener.Tell(new Tcp.ResumeAccepting(1));
                bound.SetResult(answer.LocalAddress);
            });
            Receive<Tcp.Connected>(_ =>
            {
                IActorRef connection = Sender;
                IActorRef seat = Context.ActorOf(Props.Create(() => new Seat(connection)));
                connection.Tell(new Tcp.Register(seat));
                _members.Add(seat);
                Context.Watch(seat);
                listener.Tell(new Tcp.ResumeAccepting(1));
            });
            Receive<Broadcast>(broadcast =>
            {
                foreach (IActorRef member in _members)
                {
                    member.Forward(broadcast);
                }
            });
            Receive<Terminated>(ended => _members.Remove(ended.ActorRef));
        }
    }

    /// <summary>A member as the room has it.</summary>
    private sealed class Seat : ReceiveActor
    {
        private readonly Lines _lines = new();
        private int _unsaid;

        public Seat(IActorRef connection)
        {
            connection.Tell(Tcp.ResumeReading.Instance);
            Receive<Tcp.Received>(received =>
            {
                foreach (string line in _lines.Add(received.Data))
                {
                    _unsaid++;
                    Context.Parent.Tell(new Broadcast(line, Self));
                }

                ResumeWhenSaid(connection);
            });
            Receive<Broadcast>(broadcast =>
            {
                connection.Tell(Tcp.Write.Create(ByteString.FromString(broadcast.Line + "\n"), Written.Instance));
                if (broadcast.From.Equals(Self))
                {
                    _unsaid--;
                    ResumeWhenSaid(connection);
                }
            });
            Receive<Written>(_ => { });
            Receive<Tcp.ConnectionClosed>(_ => Context.Stop(Self));
        }

        private void ResumeWhenSaid(IActorRef connection)
        {
            if (_unsaid == 0)
            {
                connection.Tell(Tcp.ResumeReading.Instance);
            }
        }
    }

    /// <summary>A member of the chat, whose connection is in pull mode as well.</summary>
    private sealed class Member : ReceiveActor, IWithUnboundedStash
    {
        private readonly Lines _lines = new();
        private readonly List<string> _heard = [];
        private readonly List<(string Line, IActorRef Asker)> _awaited = [];
        private IActorRef _leaver = Nobody.Instance;

        public Member(EndPoint room)
        {
            Context.System.Tcp().Tell(new Tcp.Connect(room, pullMode: true));
            Receive<Tcp.Connected>(_ =>
            {
                Sender.Tell(new Tcp.Register(Self));
                Sender.Tell(Tcp.ResumeReading.Instance);
                IActorRef connection = Sender;
                Become(() => Connected(connection));
                Stash.UnstashAll();
            });
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;

        private void Connected(IActorRef connection)
        {
            Receive<Say>(say =>
            {
                connection.Tell(Tcp.Write.Create(ByteString.FromString(say.Line + "\n")));
                Sender.Tell(Heard.Instance);
            });
            Receive<AwaitLine>(awaited =>
            {
                _awaited.Add((awaited.Line, Sender));
                AnswerAwaited();
            });
            Receive<Tcp.Received>(received =>
            {
                _heard.AddRange(_lines.Add(received.Data));
                AnswerAwaited();
                connection.Tell(Tcp.ResumeReading.Instance);
            });
            Receive<Leave>(_ =>
            {
                _leaver = Sender;
                connection.Tell(Tcp.Close.Instance);
            });
            Receive<Tcp.ConnectionClosed>(closed =>
            {
                _leaver.Tell(string.Concat(_heard.Select(line => line.Length < 100 ? line + "\n" : $"{line.Length} of '{line[0]}'\n")) + closed.GetType().Name + "\n");
                Context.Stop(Self);
            });
        }

        private void AnswerAwaited()
        {
            foreach ((string line, IActorRef asker) in _awaited.Where(awaited => _heard.Contains(awaited.Line)).ToArray())
            {
                asker.Tell(Heard.Instance);
                _awaited.Remove((line, asker));
            }
        }
    }
}
