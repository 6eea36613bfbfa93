using System.Collections.Concurrent;
using System.IO.Compression;
using System.Xml.Linq;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;

namespace FlexSc.Packaging.Tests.Packages;

/// <summary>What <c>dotnet pack</c> makes of a project of this repository that the tests have built. Each is packed once.</summary>
internal sealed class PackedProject
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);
    private static readonly ConcurrentDictionary<string, Lazy<PackedProject>> Packed = new(StringComparer.Ordinal);

    private PackedProject(FileInfo package, FileInfo symbols)
    {
        FileName = package.Name;
        Content = File.ReadAllBytes(package.FullName);
        Entries = Read(package.FullName);
        Symbols = Read(symbols.FullName);
    }

    /// <summary>Name of the package's file, with its version.</summary>
    public string FileName { get; }

    /// <summary>The package's file.</summary>
    public byte[] Content { get; }

    /// <summary>Path in the package to content.</summary>
    public IReadOnlyDictionary<string, byte[]> Entries { get; }

    /// <summary>The same of the package of symbols.</summary>
    public IReadOnlyDictionary<string, byte[]> Symbols { get; }

    public XElement Metadata => XDocument.Load(new MemoryStream(Entries.Single(entry => entry.Key.EndsWith(".nuspec", StringComparison.Ordinal)).Value))
        .Root!.Elements().Single(element => element.Name.LocalName == "metadata");

    /// <summary>What it needs, by name, with the versions that will do.</summary>
    public IReadOnlyDictionary<string, string> Dependencies => Metadata.Descendants().Where(element => element.Name.LocalName == "dependency")
        .ToDictionary(element => element.Attribute("id")!.Value, element => element.Attribute("version")!.Value);

    public string MetadataValue(string name) => Metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    /// <exception cref="InvalidDataException">There is not exactly one package; the message has what the command printed.</exception>
    public static PackedProject Of(string project) => Packed.GetOrAdd(project, static name => new Lazy<PackedProject>(() => Pack(name))).Value;

    private static PackedProject Pack(string project)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("flexsc-pack-");
        try
        {
            // The tests lie in bin/<configuration>/<framework>; what they refer to was built in the same configuration.
            string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
            string path = Path.Combine(Repository.Root(), project);
            ProgramResult result = Programs.Run(
                Programs.Require("dotnet"), ["pack", path, "--no-build", "--configuration", configuration, "--output", folder.FullName, "-nodeReuse:false"], Deadline);
            FileInfo[] packages = folder.GetFiles("*.nupkg");
            return result.ExitCode == 0 && packages.Length == 1
                ? new PackedProject(packages[0], folder.GetFiles("*.snupkg").Single())
                : throw new InvalidDataException(
                    $"dotnet pack {project} ended with {result.ExitCode} and made {packages.Length} packages: {result.Output}{result.Error}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Dictionary<string, byte[]> Read(string packageFile)
    {
        using ZipArchive archive = ZipFile.OpenRead(packageFile);
        Dictionary<string, byte[]> entries = [];
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream content = entry.Open();
            using MemoryStream bytes = new();
            content.CopyTo(bytes);
            entries.Add(entry.FullName, bytes.ToArray());
        }

        return entries;
    }
}
