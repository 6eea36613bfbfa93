using System.Globalization;
using System.Text.RegularExpressions;
using Akka.Actor;
using Akka.Event;
using Akka.IO;
using FlexSc.Examples.Shared;

namespace FlexSc.Examples.Chat;

/// <summary>Somebody has connected.</summary>
internal sealed record Entered(ChatMember Member) : INoSerializationVerificationNeeded;

/// <summary>A connection has ended.</summary>
/// <param name="Member">Whose.</param>
/// <param name="Cause">Null where its peer ended it in order.</param>
internal sealed record Left(ChatMember Member, Exception? Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

/// <summary>Says good-bye to everybody.</summary>
internal sealed class EndChat
{
    public static readonly EndChat Instance = new();
}

/// <summary>A stream of lines asks whether it may begin.</summary>
internal sealed class Begin
{
    public static readonly Begin Instance = new();
}

/// <summary>A line was taken: the next one may come. So each member has one line in the mailbox at the most.</summary>
internal sealed class LineTaken
{
    public static readonly LineTaken Instance = new();
}

/// <summary>The rooms and who is in them. What a line is answered with begins with "*", and with "!" where it is refused.</summary>
internal sealed partial class ChatActor : ReceiveActor
{
    private readonly ChatOptions _options;
    private readonly ChatCounters _counters;
    private readonly Dictionary<string, ChatMember> _members = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ChatRoom> _rooms = new(StringComparer.OrdinalIgnoreCase);
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private long _guests;
    private bool _isEnding;

    public ChatActor(ChatOptions options, ChatCounters counters)
    {
        _options = options;
        _counters = counters;
        Receive<ChatLine>(line =>
        {
            _counters.AddLine();
            Answer(line);
            Sender.Tell(LineTaken.Instance);
        });
        Receive<Begin>(_ => Sender.Tell(LineTaken.Instance));
        Receive<Entered>(message => Enter(message.Member));
        Receive<Left>(Leave);
        Receive<EndChat>(_ =>
        {
            _isEnding = true;
            foreach (ChatMember member in _members.Values)
            {
                SayGoodBye(member, "* the chat ends, good-bye");
            }
        });
    }

    private void Enter(ChatMember member)
    {
        string name;
        do
        {
            name = string.Create(CultureInfo.InvariantCulture, $"guest-{++_guests}");
        }
        while (!_members.TryAdd(name, member));

        member.Name = name;
        member.Tell($"* welcome, {name}: /join ROOM, /nick NAME, /who, /rooms, /leave, /quit; anything else is said in your room");
        if (_isEnding)
        {
            SayGoodBye(member, "* the chat ends, good-bye");
        }
    }

    private void Leave(Left message)
    {
        ChatMember member = message.Member;
        if (message.Cause is not null && !member.HasEnded)
        {
            _log.Info("the connection of {0} ended: {1}", member.Name, message.Cause.Message);
        }

        LeaveRoom(member, "is gone");
        _members.Remove(member.Name);
        member.End();
        _counters.Members.Add(-1);
    }

    private static void SayGoodBye(ChatMember member, string line)
    {
        member.Tell(line);
        member.End();
    }

    private void Answer(ChatLine line)
    {
        ChatMember member = line.Member;
        if (member.HasEnded)
        {
            return;
        }

        if (line.Refusal is not null)
        {
            member.Tell($"! {line.Refusal}");
        }
        else if (line.Text.StartsWith('/'))
        {
            string[] words = line.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Obey(member, words);
        }
        else if (line.Text.Length > 0)
        {
            Say(member, line.Text);
        }
    }

    private void Obey(ChatMember member, string[] words)
    {
        switch (words)
        {
            case ["/nick", var name]:
                Rename(member, name);
                break;
            case ["/join", var name]:
                Join(member, name);
                break;
            case ["/leave"]:
                member.Tell(LeaveRoom(member, "leaves") is { } room ? $"* you left {room.Name}" : "! you are in no room");
                break;
            case ["/who"]:
                member.Tell(member.Room is { } here ? $"* in {here.Name}: {Names(here)}" : "! you are in no room");
                break;
            case ["/rooms"]:
                IEnumerable<string> names = _rooms.Values.Select(static room => room.Name).Order();
                member.Tell(_rooms.Count == 0 ? "* there is no room yet" : $"* rooms: {string.Join(", ", names)}");
                break;
            case ["/quit"]:
                LeaveRoom(member, "is gone");
                SayGoodBye(member, "* good-bye");
                break;
            default:
                member.Tell($"! no such command: {words[0]}; there are /join ROOM, /nick NAME, /who, /rooms, /leave, /quit");
                break;
        }
    }

    private static void Say(ChatMember member, string text)
    {
        if (member.Room is { } room)
        {
            room.Say($"<{member.Name}> {text}");
        }
        else
        {
            member.Tell("! you are in no room: /join one");
        }
    }

    private void Rename(ChatMember member, string name)
    {
        if (!NamePattern().IsMatch(name))
        {
            member.Tell("! a name has 1 to 32 letters, digits, - and _");
            return;
        }

        if (_members.TryGetValue(name, out ChatMember? other) && other != member)
        {
            member.Tell($"! {name} is taken");
            return;
        }

        string before = member.Name;
        _members.Remove(before);
        _members.Add(name, member);
        member.Name = name;
        if (member.Room is { } room)
        {
            room.Tell($"* {before} is {name} now");
        }
        else
        {
            member.Tell($"* you are {name}");
        }
    }

    private void Join(ChatMember member, string name)
    {
        if (!NamePattern().IsMatch(name))
        {
            member.Tell("! a room's name has 1 to 32 letters, digits, - and _");
            return;
        }

        bool isThere = _rooms.TryGetValue(name, out ChatRoom? room);
        if (isThere && member.Room == room)
        {
            member.Tell($"! you are in {room!.Name}");
            return;
        }

        // The room that is left may be the one that makes room.
        bool leavesEmpty = member.Room?.Members.Count == 1;
        if (!isThere && _rooms.Count - (leavesEmpty ? 1 : 0) >= _options.MaxRooms)
        {
            member.Tell($"! there are {_options.MaxRooms} rooms already");
            return;
        }

        LeaveRoom(member, "leaves");
        room ??= _rooms[name] = new ChatRoom(name, _options.HistoryLines);
        room.Tell($"* {member.Name} comes in");
        room.Members.Add(member);
        member.Room = room;
        member.Tell($"* in {room.Name}: {Names(room)}");
        foreach (ByteString line in room.History)
        {
            member.Tell(line);
        }
    }

    private ChatRoom? LeaveRoom(ChatMember member, string how)
    {
        ChatRoom? room = member.Room;
        if (room is not null)
        {
            member.Room = null;
            room.Members.Remove(member);
            room.Tell($"* {member.Name} {how}");
            if (room.Members.Count == 0)
            {
                _rooms.Remove(room.Name);
            }
        }

        return room;
    }

    private static string Names(ChatRoom room) => string.Join(", ", room.Members.Select(static member => member.Name));

    [GeneratedRegex("^[A-Za-z0-9_-]{1,32}$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}

/// <summary>What the chat counts. From any thread.</summary>
internal sealed class ChatCounters
{
    private long _lines;

    /// <summary>Members, from their admission to the end of their connection.</summary>
    public Gauge Members { get; } = new();

    /// <summary>Lines that came, refused ones included.</summary>
    public long Lines => Volatile.Read(ref _lines);

    public void AddLine() => Interlocked.Increment(ref _lines);
}
