using System.Reflection;
using System.Text;
using System.Xml.Linq;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;
using Xunit;

namespace FlexSc.Packaging.Tests.Packages;

/// <summary>The libraries as others get them.</summary>
public sealed class PackTests
{
    private static readonly Dictionary<string, Assembly> Libraries = new()
    {
        ["FlexSc.Interop"] = typeof(Interop.Capabilities.BackendUnavailableException).Assembly,
        ["FlexSc.Akka"] = typeof(FlexSc.Akka.IO.FlexTcp).Assembly,
        ["FlexSc.Akka.Hosting"] = typeof(FlexSc.Akka.Hosting.FlexScHealthCheck).Assembly,
        ["FlexSc.Akka.Streams"] = typeof(FlexSc.Akka.Streams.FlexFileIO).Assembly,
    };

    /// <summary>Names of the libraries.</summary>
    public static TheoryData<string> LibraryNames => [.. Libraries.Keys];

    /// <summary>Names of all packages.</summary>
    public static TheoryData<string> PackageNames => [.. PackageFeed.Projects];

    [Fact]
    public void Every_library_is_a_package() => Assert.Equal(PackageFeed.Projects.Except(["FlexSc.Tool"]).Order(), Libraries.Keys.Order());

    [Theory]
    [MemberData(nameof(PackageNames))]
    public void A_package_tells_what_it_is(string project)
    {
        PackedProject packed = PackedProject.Of(project);
        Assert.Equal(project, packed.MetadataValue("id"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.Root(), project, "README.md")), packed.Entries["README.md"]);
        Assert.Equal("README.md", packed.MetadataValue("readme"));
        Assert.Equal("MIT", packed.MetadataValue("license"));
        Assert.Equal(File.ReadAllBytes(Path.Combine(Repository.Root(), "LICENSE")), packed.Entries["LICENSE"]);
        Assert.Equal("icon.png", packed.MetadataValue("icon"));
        Assert.Equal("PNG"u8, packed.Entries["icon.png"].AsSpan(1, 3));

        // The newest section of the changelog is that of this version.
        Assert.StartsWith($"## {packed.MetadataValue("version")}", packed.MetadataValue("releaseNotes"), StringComparison.Ordinal);
        Assert.DoesNotContain("\n## ", packed.MetadataValue("releaseNotes"), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void A_library_packs_with_its_documentation_and_its_symbols(string project)
    {
        PackedProject packed = PackedProject.Of(project);
        Assert.Contains($"lib/net10.0/{project}.dll", packed.Entries.Keys);
        AssertDocumented(Libraries[project], packed.Entries[$"lib/net10.0/{project}.xml"]);
        Assert.Equal("BSJB"u8, packed.Symbols[$"lib/net10.0/{project}.pdb"].AsSpan(0, 4));
        Assert.DoesNotContain($"lib/net10.0/{project}.pdb", packed.Entries.Keys);
    }

    [SkippableTheory]
    [MemberData(nameof(PackageNames))]
    public void A_package_names_the_commit_it_was_made_of(string project)
    {
        ProgramResult head = Programs.Run("git", ["-C", Repository.Root(), "rev-parse", "HEAD"], TimeSpan.FromSeconds(30));
        Skip.If(head.ExitCode != 0, "the sources are in no git repository");
        PackedProject packed = PackedProject.Of(project);
        XElement repository = packed.Metadata.Elements().Single(element => element.Name.LocalName == "repository");
        Assert.Equal("git", repository.Attribute("type")!.Value);
        Assert.Equal(head.Output.Trim(), repository.Attribute("commit")!.Value);
    }

    [Theory]
    [InlineData("FlexSc.Akka", "Akka")]
    [InlineData("FlexSc.Akka.Hosting", "Akka.Hosting")]
    [InlineData("FlexSc.Akka.Streams", "Akka.Streams")]
    public void A_package_is_for_one_line_of_akka_net_and_has_its_numbers(string project, string akka)
    {
        PackedProject packed = PackedProject.Of(project);
        Version own = Version.Parse(packed.MetadataValue("version").Split('-')[0]);
        string[] range = packed.Dependencies[akka].Split(", ");
        Assert.Equal(own.ToString(2), Version.Parse(range[0].TrimStart('[')).ToString(2));
        Assert.Equal($"{own.Major}.{own.Minor + 1}.0)", range[1]);
        Assert.Equal(own.ToString(), packed.Dependencies[project == "FlexSc.Akka" ? "FlexSc.Interop" : "FlexSc.Akka"]);
    }

    [Fact]
    public void The_library_of_calls_needs_no_more_than_a_table_of_constants()
    {
        PackedProject packed = PackedProject.Of("FlexSc.Interop");
        Assert.Equal(["Tmds.LibC"], packed.Dependencies.Keys);
    }

    [Theory]
    [MemberData(nameof(LibraryNames))]
    public void An_assembly_does_not_tell_where_it_was_built(string project)
    {
        // The same source gives the same bytes in whatever folder it lies.
        PackedProject packed = PackedProject.Of(project);
        string text = Encoding.Latin1.GetString(packed.Entries[$"lib/net10.0/{project}.dll"]);
        Assert.DoesNotContain(Repository.Root(), text, StringComparison.Ordinal);
        Assert.DoesNotContain(Repository.Root(), Encoding.Latin1.GetString(packed.Symbols[$"lib/net10.0/{project}.pdb"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_tool_packs_as_a_tool()
    {
        PackedProject packed = PackedProject.Of("FlexSc.Tool");
        XElement settings = XDocument.Load(new MemoryStream(packed.Entries["tools/net10.0/any/DotnetToolSettings.xml"])).Root!;
        XElement command = settings.Descendants("Command").Single();
        Assert.Equal("flexsc", command.Attribute("Name")!.Value);
        Assert.Contains($"tools/net10.0/any/{command.Attribute("EntryPoint")!.Value}", packed.Entries.Keys);
        Assert.Contains("tools/net10.0/any/FlexSc.Interop.dll", packed.Entries.Keys);
        Assert.Contains("README.md", packed.Entries.Keys);
    }

    [Theory]
    [InlineData("examples/KvServer")]
    [InlineData("tests/FlexSc.Packaging.Tests")]
    public void What_is_no_library_makes_no_package(string project)
    {
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => PackedProject.Of(project));
        Assert.Contains("made 0 packages", exception.Message, StringComparison.Ordinal);
    }

    private static void AssertDocumented(Assembly library, byte[] documentation)
    {
        HashSet<string> documented = [.. XDocument.Load(new MemoryStream(documentation)).Descendants("member")
            .Where(member => member.Elements().Any()).Select(member => member.Attribute("name")!.Value)];
        string[] missing = [.. library.GetExportedTypes().Select(type => $"T:{type.FullName!.Replace('+', '.')}").Where(name => !documented.Contains(name))];
        Assert.Empty(missing);
        Assert.DoesNotContain(documented, name => name.StartsWith('!'));
    }
}
