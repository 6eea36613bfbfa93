using System.Runtime.CompilerServices;
using Xunit;

namespace FlexSc.Architecture.Tests;

public sealed class FloorsTests
{
    private const string Rewrite = "FLEXSC_DRAW_ARCHITECTURE";
    private const string End = "<!-- end -->\n";

    /// <summary>What has floors: an assembly, or all of them.</summary>
    public static TheoryData<string> Houses => [.. Built.Keys];

    private static readonly Dictionary<string, (Floors Floors, Func<IReadOnlyDictionary<Arrow, IReadOnlySet<string>>> Arrows)> Built = new()
    {
        ["The assemblies"] = (Floors.OfAssemblies, () => RoomArrows.OfAssemblies(Assemblies.All)),
        ["FlexSc.Interop"] = (Floors.OfInterop, () => RoomArrows.OfNamespaces(Assemblies.Interop, "FlexSc.Interop")),
        ["FlexSc.Akka"] = (Floors.OfAkka, () => RoomArrows.OfFolders(Assemblies.Akka)),
        ["examples/HttpServer"] = (Floors.OfHttpServer, () => RoomArrows.OfFolders(Assemblies.HttpServer)),
        ["examples/KvServer"] = (Floors.OfKvServer, () => RoomArrows.OfFolders(Assemblies.KvServer)),
    };

    [Theory]
    [MemberData(nameof(Houses))]
    public void No_arrow_is_against_the_floors(string house)
    {
        IReadOnlyDictionary<Arrow, IReadOnlySet<string>> arrows = Built[house].Arrows();
        Assert.NotEmpty(arrows);
        IReadOnlyList<string> faults = Built[house].Floors.Faults(arrows);
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public void An_arrow_that_is_turned_round_is_found()
    {
        Dictionary<Arrow, IReadOnlySet<string>> arrows = new()
        {
            [new Arrow("FlexSc.Interop.Loop", "FlexSc.Interop.Page")] = new HashSet<string> { "SyscallLoop.Run uses Completion" },
            [new Arrow("FlexSc.Interop.Page", "FlexSc.Interop.Loop")] = new HashSet<string> { "ProvidedBuffers.Return uses SyscallLoop" },
            [new Arrow("FlexSc.Interop.Backends.IoUring", "FlexSc.Interop.Backends.Readiness")] = new HashSet<string> { "the next room" },
            [new Arrow("FlexSc.Interop.Attic", "FlexSc.Interop.Page")] = new HashSet<string> { "no room" },
        };
        Assert.Equal(
            [
                "FlexSc.Interop.Attic is in no room: give it one",
                "Page (floor 1) uses Loop (floor 6): ProvidedBuffers.Return uses SyscallLoop",
                "Backends.IoUring (floor 3) uses Backends.Readiness (floor 3): the next room",
            ],
            Floors.OfInterop.Faults(arrows));
    }

    [Fact]
    public void Every_kind_of_use_is_seen()
    {
        IReadOnlyDictionary<Arrow, IReadOnlySet<string>> arrows = RoomArrows.OfNamespaces(typeof(FloorsTests).Assembly.Location, "FlexSc.Architecture.Tests");
        IReadOnlySet<string> drawnBy = arrows[new Arrow("FlexSc.Architecture.Tests.Upper", "FlexSc.Architecture.Tests.Lower")];
        Assert.Equal(
            ["ByArgument", "ByBase", "ByBody", "ByCatch", "ByField", "ByInterface", "ByLambda", "ByParameter", "ByPointer"],
            drawnBy.Select(static text => text.Split('.', ' ')[0]).Distinct().Order());
    }

    [Fact]
    public void A_type_is_in_the_folder_of_its_source()
    {
        SourceFolders folders = SourceFolders.Of(Assemblies.Akka);
        Assert.Equal("FlexSc.Akka.Tcp", folders.RoomOf("FlexSc.Akka.IO.FlexTcp"));
        Assert.Equal("FlexSc.Akka.Buffers", folders.RoomOf("FlexSc.Akka.IO.PooledReceived"));
        Assert.Equal("FlexSc.Akka.Loops", folders.RoomOf("FlexSc.Akka.Loops.ILoopMember"));
        Assert.Equal("FlexSc.Akka.Loops", folders.RoomOf("FlexSc.Akka.Loops.LoopPlacement"));
        Assert.Null(folders.RoomOf("FlexSc.Interop.Loop.SyscallLoop"));

        // A look-up that finds nothing would let every arrow pass.
        string[] unknown = [.. typeof(FlexSc.Akka.IO.FlexTcp).Assembly.GetTypes()
            .Where(type => !type.IsNested && type.Namespace?.StartsWith("FlexSc.Akka", StringComparison.Ordinal) == true && folders.RoomOf(type.FullName!) is null)
            .Select(type => type.FullName!)];
        Assert.Empty(unknown);
    }

    [Theory]
    [MemberData(nameof(Houses))]
    public void The_picture_in_the_documentation_is_that_of_the_assembly(string house)
    {
        string begin = $"<!-- {house}: drawn from what is built by tests/FlexSc.Architecture.Tests -->\n";
        string file = Path.Combine(RepositoryFolder(), "docs", "architecture.md");
        string text = File.ReadAllText(file).ReplaceLineEndings("\n");
        int start = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        int end = text.IndexOf(End, start, StringComparison.Ordinal);
        Assert.True(start >= begin.Length && end >= 0, $"{file} lacks the marks {begin.Trim()} and {End.Trim()}");
        string drawn = Built[house].Floors.Draw(Built[house].Arrows());
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            text = text[..start] + drawn + text[end..];
            File.WriteAllText(file, text);
            end = start + drawn.Length;
        }

        Assert.True(text[start..end] == drawn, $"the picture is another one now; if that is wanted: {Rewrite}=1 dotnet test tests/FlexSc.Architecture.Tests\n{drawn}");
    }

    private static string RepositoryFolder([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
