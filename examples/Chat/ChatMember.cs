using Akka.Actor;
using Akka.IO;

namespace FlexSc.Examples.Chat;

/// <summary>Who is connected. Used by <see cref="ChatActor"/> alone.</summary>
/// <param name="queue">Lines that wait to be sent to the member; bounded, and its overflow resets the connection.</param>
internal sealed class ChatMember(IActorRef queue)
{
    public string Name { get; set; } = "";

    public ChatRoom? Room { get; set; }

    /// <summary>Whether no more lines are for the member: the end is on its way.</summary>
    public bool HasEnded { get; private set; }

    public void Tell(string line) => Tell(ByteString.FromString($"{line}\n"));

    /// <param name="line">A line with its end, which may be told others, too.</param>
    public void Tell(ByteString line)
    {
        if (!HasEnded)
        {
            queue.Tell(line, ActorRefs.NoSender);
        }
    }

    /// <summary>Ends the connection once all that was told has been sent.</summary>
    public void End()
    {
        HasEnded = true;
        queue.Tell(new Status.Success(this), ActorRefs.NoSender);
    }
}

/// <summary>A room, which is there while somebody is in it. Used by <see cref="ChatActor"/> alone.</summary>
/// <param name="name">Its name.</param>
/// <param name="historyLines">Lines that are kept for who comes later.</param>
internal sealed class ChatRoom(string name, int historyLines)
{
    private readonly Queue<ByteString> _history = [];

    public string Name => name;

    public List<ChatMember> Members { get; } = [];

    /// <summary>The last lines that were said, the oldest first.</summary>
    public IEnumerable<ByteString> History => _history;

    /// <summary>Tells all who are in the room what somebody says, and keeps it.</summary>
    public void Say(string line)
    {
        ByteString bytes = Tell(line);
        _history.Enqueue(bytes);
        if (_history.Count > historyLines)
        {
            _history.Dequeue();
        }
    }

    /// <summary>Tells all who are in the room.</summary>
    public ByteString Tell(string line)
    {
        ByteString bytes = ByteString.FromString($"{line}\n");
        foreach (ChatMember member in Members)
        {
            member.Tell(bytes);
        }

        return bytes;
    }
}
