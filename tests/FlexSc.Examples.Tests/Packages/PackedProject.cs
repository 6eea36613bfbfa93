using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace FlexSc.Examples.Tests.Packages;

/// <summary>What <c>dotnet pack</c> makes of a project of this repository that the tests have built.</summary>
internal sealed class PackedProject : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-pack-");

    private PackedProject()
    {
    }

    /// <summary>Path in the package to content.</summary>
    public IReadOnlyDictionary<string, byte[]> Entries { get; private set; } = new Dictionary<string, byte[]>();

    public XElement Metadata => XDocument.Load(new MemoryStream(Entries.Single(entry => entry.Key.EndsWith(".nuspec", StringComparison.Ordinal)).Value))
        .Root!.Elements().Single(element => element.Name.LocalName == "metadata");

    public string MetadataValue(string name) => Metadata.Elements().Single(element => element.Name.LocalName == name).Value;

    /// <exception cref="InvalidDataException">There is not exactly one package; the message has what the command printed.</exception>
    public static async Task<PackedProject> PackAsync(string project)
    {
        PackedProject packed = new();
        try
        {
            string output = await RunPackAsync(project, packed._folder.FullName);
            FileInfo[] packages = packed._folder.GetFiles("*.nupkg");
            if (packages.Length != 1)
            {
                throw new InvalidDataException($"{packages.Length} packages of {project}: {output}");
            }

            packed.Entries = Read(packages[0].FullName);
            return packed;
        }
        catch
        {
            packed.Dispose();
            throw;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);

    public static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FlexScAkka.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("FlexScAkka.sln is in no folder above the tests");
    }

    private static async Task<string> RunPackAsync(string project, string folder)
    {
        // The tests lie in bin/<configuration>/<framework>; what they refer to was built in the same configuration.
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        ProcessStartInfo start = new(
            "dotnet", ["pack", project, "--no-build", "--configuration", configuration, "--output", folder, "-nodeReuse:false"])
        {
            WorkingDirectory = RepositoryRoot(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new IOException("dotnet pack did not start");
        using CancellationTokenSource deadline = new(Deadline);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return process.ExitCode == 0
                ? await output + await errors
                : throw new InvalidDataException($"dotnet pack {project} ended with {process.ExitCode}: {await output}{await errors}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
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
