using System.Runtime.CompilerServices;
using FlexSc.Interop.Loop;
using Xunit;

namespace FlexSc.Architecture.Tests;

public sealed class FloorsTests
{
    private const string Rewrite = "FLEXSC_DRAW_ARCHITECTURE";
    private const string Begin = "<!-- FlexSc.Interop: drawn from the assembly by tests/FlexSc.Architecture.Tests -->\n";
    private const string End = "<!-- end -->\n";

    private static readonly string Interop = typeof(SyscallLoop).Assembly.Location;

    [Fact]
    public void Interop_has_no_arrow_against_its_floors() =>
        Assert.Empty(Floors.OfInterop.Faults(NamespaceArrows.Of(Interop, "FlexSc.Interop")));

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
        IReadOnlyDictionary<Arrow, IReadOnlySet<string>> arrows = NamespaceArrows.Of(typeof(FloorsTests).Assembly.Location, "FlexSc.Architecture.Tests");
        IReadOnlySet<string> drawnBy = arrows[new Arrow("FlexSc.Architecture.Tests.Upper", "FlexSc.Architecture.Tests.Lower")];
        Assert.Equal(
            ["ByArgument", "ByBase", "ByBody", "ByCatch", "ByField", "ByInterface", "ByLambda", "ByParameter", "ByPointer"],
            drawnBy.Select(static text => text.Split('.', ' ')[0]).Distinct().Order());
    }

    [Fact]
    public void The_picture_in_the_documentation_is_that_of_the_assembly()
    {
        string file = Path.Combine(RepositoryFolder(), "docs", "architecture.md");
        string text = File.ReadAllText(file).ReplaceLineEndings("\n");
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, begin, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= 0, $"{file} lacks the marks {Begin.Trim()} and {End.Trim()}");
        string drawn = Floors.OfInterop.Draw(NamespaceArrows.Of(Interop, "FlexSc.Interop"));
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            text = text[..begin] + drawn + text[end..];
            File.WriteAllText(file, text);
            end = begin + drawn.Length;
        }

        Assert.True(text[begin..end] == drawn, $"the picture is another one now; if that is wanted: {Rewrite}=1 dotnet test tests/FlexSc.Architecture.Tests\n{drawn}");
    }

    private static string RepositoryFolder([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));
}
