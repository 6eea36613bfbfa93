using System.Text;

namespace FlexSc.Architecture.Tests;

/// <summary>
/// The floors of an assembly, from the ground up. A floor holds one room or several side by side; a room is a namespace, or a folder of
/// sources, and those below its name that are no rooms of their own. A room uses rooms of lower floors and itself, nothing else.
/// </summary>
/// <param name="Prefix">What every room's name is relative to; empty for none.</param>
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

    /// <summary>
    /// The floors of FlexSc.Akka, whose rooms are its folders: one public namespace has types of several. A room that is named here and
    /// has nothing yet is one to come.
    /// </summary>
    public static Floors OfAkka { get; } = new("FlexSc.Akka",
    [
        ["Configuration", "Telemetry"],
        ["Loops"],
        ["Dispatch"],
        ["Buffers", "Placement"],
        ["Sockets"],
        ["Tls"],
        ["Tcp", "Udp", "Files"],
        ["Redirect", "Diagnostics"],
        ["Setup"],
    ]);

    /// <summary>The floors of the HTTP server.</summary>
    public static Floors OfHttpServer { get; } = new("HttpServer", [["Protocol"], ["Files"], ["Service"], ["Program"]]);

    /// <summary>The floors of the key-value server.</summary>
    public static Floors OfKvServer { get; } = new("KvServer", [["Store"], ["Protocol"], ["Service"], ["Program"]]);

    /// <summary>The floors of the assemblies.</summary>
    public static Floors OfAssemblies { get; } = new("",
    [
        ["FlexSc.Interop"],
        ["FlexSc.Akka"],
        ["FlexSc.Akka.Hosting", "FlexSc.Akka.Streams", "flexsc"],
        ["FlexSc.Examples.Shared"],
        ["HttpServer", "KvServer", "QuickStart", "Chat"],
        ["FileServer"],
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

    /// <summary>The picture as Mermaid draws it: an arrow that others imply is left out, and so is a room without any.</summary>
    public string Draw(IReadOnlyDictionary<Arrow, IReadOnlySet<string>> arrows)
    {
        HashSet<(string From, string To)> drawn = [.. arrows.Keys.Select(arrow => (RoomOf(arrow.From)!, RoomOf(arrow.To)!)).Where(static arrow => arrow.Item1 != arrow.Item2)];
        StringBuilder text = new("```mermaid\nflowchart TD\n");
        for (int floor = Rooms.Count - 1; floor >= 0; floor--)
        {
            foreach (string room in Rooms[floor].Where(room => drawn.Any(arrow => arrow.From == room || arrow.To == room)))
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
        arrows.Any(first => first.From == arrow.From && first.To != arrow.To && Reaches(arrows, first.To, arrow.To, []));

    private static bool Reaches(HashSet<(string From, string To)> arrows, string from, string to, HashSet<string> passed) =>
        from == to || (passed.Add(from) && arrows.Any(next => next.From == from && Reaches(arrows, next.To, to, passed)));

    private string? RoomOf(string name) => Rooms.SelectMany(static rooms => rooms)
        .Where(room => name == NameOf(room) || name.StartsWith($"{NameOf(room)}.", StringComparison.Ordinal))
        .MaxBy(static room => room.Length);

    private string NameOf(string room) => Prefix.Length == 0 ? room : $"{Prefix}.{room}";

    private int FloorOf(string room) => Rooms.TakeWhile(rooms => !rooms.Contains(room)).Count();
}
