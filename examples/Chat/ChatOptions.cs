using FlexSc.Examples.Shared;

namespace FlexSc.Examples.Chat;

/// <summary>Settings of the chat. Sizes and times carry their unit in the name.</summary>
internal sealed record ChatOptions : ServerOptions
{
    public ChatOptions() => Port = 7008;

    /// <summary>Address or name to listen on where no other is given.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Members at a time; one more is told so, and let go. Lowered where the limit on descriptors is.</summary>
    public int MaxMembers { get; init; } = 1_000;

    /// <summary>Whether the operator asked for that number, and so is to learn that it was lowered.</summary>
    public bool AsksForMaxMembers { get; init; }

    public override int MostConnections => MaxMembers;

    /// <summary>Longest line without its end; a longer one is refused and passed over.</summary>
    public int MaxLineBytes { get; init; } = 1024;

    /// <summary>Rooms at a time. A room is there while somebody is in it.</summary>
    public int MaxRooms { get; init; } = 256;

    /// <summary>Last lines of a room that who comes in is told.</summary>
    public int HistoryLines { get; init; } = 32;

    /// <summary>Lines that wait for one member beside what the socket holds; who lets more wait is reset.</summary>
    public int MaxQueuedLines { get; init; } = 256;

    /// <summary>Seconds in which a member neither sends nor is sent anything, after which the connection is reset; 0 is for ever.</summary>
    public int IdleTimeoutSeconds { get; init; } = 3_600;
}
