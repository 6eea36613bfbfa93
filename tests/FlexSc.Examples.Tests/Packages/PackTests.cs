using System.Reflection;
using System.Text;
using System.Xml.Linq;
using Xunit;

namespace FlexSc.Examples.Tests.Packages;

/// <summary>The libraries as others get them.</summary>
public sealed class PackTests
{
    private static readonly Dictionary<string, Assembly> Libraries = new()
    {
        ["FlexSc.Interop"] = typeof(Interop.Capabilities.BackendUnavailableException).Assembly,
        ["FlexSc.Akka"] = typeof(FlexSc.Akka.IO.FlexTcp).Assembly,
    };

    [Theory]
    [InlineData("FlexSc.Interop")]
    [InlineData("FlexSc.Akka")]
    public async Task A_library_packs_with_its_documentation_readme_and_licence(string project)
    {
        using PackedProject packed = await PackedProject.PackAsync(project);
        Assert.Contains($"lib/net10.0/{project}.dll", packed.Entries.Keys);
        Assert.Equal(File.ReadAllBytes(Path.Combine(PackedProject.RepositoryRoot(), project, "README.md")), packed.Entries["README.md"]);
        Assert.Equal("README.md", packed.MetadataValue("readme"));
        Assert.Equal("MIT", packed.MetadataValue("license"));
        Assert.Equal(project, packed.MetadataValue("id"));
        AssertDocumented(Libraries[project], packed.Entries[$"lib/net10.0/{project}.xml"]);
    }

    [Theory]
    [InlineData("FlexSc.Interop", "Tmds.LibC")]
    [InlineData("FlexSc.Akka", "Akka")]
    [InlineData("FlexSc.Akka", "FlexSc.Interop")]
    public async Task A_library_names_what_it_needs(string project, string dependency)
    {
        using PackedProject packed = await PackedProject.PackAsync(project);
        Assert.Contains(dependency, packed.Metadata.Descendants().Where(element => element.Name.LocalName == "dependency")
            .Select(element => element.Attribute("id")!.Value));
    }

    [Theory]
    [InlineData("FlexSc.Interop")]
    [InlineData("FlexSc.Akka")]
    public async Task An_assembly_does_not_tell_where_it_was_built(string project)
    {
        // The same source gives the same bytes in whatever folder it lies.
        using PackedProject packed = await PackedProject.PackAsync(project);
        string text = Encoding.Latin1.GetString(packed.Entries[$"lib/net10.0/{project}.dll"]);
        Assert.DoesNotContain(PackedProject.RepositoryRoot(), text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tool_packs_as_a_tool()
    {
        using PackedProject packed = await PackedProject.PackAsync("FlexSc.Tool");
        XElement settings = XDocument.Load(new MemoryStream(packed.Entries["tools/net10.0/any/DotnetToolSettings.xml"])).Root!;
        XElement command = settings.Descendants("Command").Single();
        Assert.Equal("flexsc", command.Attribute("Name")!.Value);
        Assert.Contains($"tools/net10.0/any/{command.Attribute("EntryPoint")!.Value}", packed.Entries.Keys);
        Assert.Contains("tools/net10.0/any/FlexSc.Interop.dll", packed.Entries.Keys);
        Assert.Contains("README.md", packed.Entries.Keys);
    }

    [Theory]
    [InlineData("examples/KvServer")]
    [InlineData("tests/FlexSc.Examples.Tests")]
    public async Task What_is_no_library_makes_no_package(string project)
    {
        InvalidDataException exception = await Assert.ThrowsAsync<InvalidDataException>(() => PackedProject.PackAsync(project));
        Assert.StartsWith("0 packages", exception.Message, StringComparison.Ordinal);
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
