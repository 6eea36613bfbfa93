using System.Text;

namespace FlexSc.Architecture.Tests;

/// <summary>
/// The floors of an assembly, from the ground up. A floor holds one room or several side by side; a room is a namespace and those
/// below its name that are no rooms of their own. A room uses rooms of lower floors and itself, nothing else.
/// </summary>
/// <param name="Prefix">Namespace that every room's name is relative to.</param>
/// <param name="Rooms">The rooms of each floor.</param>
public sealed record Floors(string Prefix, IReadOnlyList<string[]> Rooms)
{
    /// <summary>The floors of FlexSc.Interop.</summary>
    public static Floors OfInterop { get; } = new("FlexSc.Interop",
    [
        ["Linux"],
        ["Page"],
        ["Backends"],
        ["Backends.IoUring", "Backends.Readiness"],
        ["Backends.SyscallThreads", "Backends.KernelModule", "Backends.Simulated"],
        ["Capabilities"],
        ["Loop"],
        ["Calls"],
    ]);

    /// <summary>What is wrong: arrows that lead up or to the next room, and namespaces that are in no room.</summary>
    public IReadOnlyList<string> Faults(IReadOnlyDictionary<Arrow, IReadOnlySet<string>> arrows)
    {
        List<string> faults = [.. arrows.Keys.SelectMany(static arrow => new[] { arrow.From, arrow.To }).Distinct()
            .Where(name => RoomOf(name) is null).Order().Select(static name => $"{name} is in no room: give it one")];
        foreach ((Arrow arrow, IReadOnlySet<string> drawnBy) in arrows)
        {
            if (RoomOf(arrow.From) is { } from && RoomOf(arrow.To) is { } to && from != to && FloorOf(from) <= FloorOf(to))
            {
                faults.Add($"{from} (floor {FloorOf(from)}) uses {to} (floor {FloorOf(to)}): {string.Join(", ", drawnBy.Order().Take(5))}");
            }
        }

        return faults;
    }

    /// <summary>The picture as Mermaid draws it: an arrow that others imply is left out.</summary>
    public string Draw(IReadOnlyDictionary<Arrow, IReadOnlySet<string>> arrows)
    {
        HashSet<(string From, string To)> drawn = [.. arrows.Keys.Select(arrow => (RoomOf(arrow.From)!, RoomOf(arrow.To)!)).Where(static arrow => arrow.Item1 != arrow.Item2)];
        StringBuilder text = new("```mermaid\nflowchart TD\n");
        for (int floor = Rooms.Count - 1; floor >= 0; floor--)
        {
            foreach (string room in Rooms[floor])
            {
                text.Append("    ").Append(IdOf(room)).Append("[\"").Append(room).Append("\"]\n");
            }
        }

        foreach ((string from, string to) in drawn.Where(arrow => !IsImplied(drawn, arrow)).OrderByDescending(arrow => FloorOf(arrow.From)).ThenBy(static arrow => arrow.From).ThenBy(static arrow => arrow.To))
        {
            text.Append("    ").Append(IdOf(from)).Append(" --> ").Append(IdOf(to)).Append('\n');
        }

        return text.Append("```\n").ToString();
    }

    private static string IdOf(string room) => room.Replace(".", "", StringComparison.Ordinal);

    private static bool IsImplied(HashSet<(string From, string To)> arrows, (string From, string To) arrow) =>
        arrows.Any(first => first.From == arrow.From && first.To != arrow.To && Reaches(arrows, first.To, arrow.To));

    private static bool Reaches(HashSet<(string From, string To)> arrows, string from, string to) =>
        from == to || arrows.Any(next => next.From == from && Reaches(arrows, next.To, to));

    private string? RoomOf(string name) => Rooms.SelectMany(static rooms => rooms)
        .Where(room => name == $"{Prefix}.{room}" || name.StartsWith($"{Prefix}.{room}.", StringComparison.Ordinal))
        .MaxBy(static room => room.Length);

    private int FloorOf(string room) => Rooms.TakeWhile(rooms => !rooms.Contains(room)).Count();
}
