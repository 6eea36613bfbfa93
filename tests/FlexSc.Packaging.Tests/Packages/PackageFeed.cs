using System.Diagnostics;
using System.Security;
using FlexSc.Measuring.Processes;

namespace FlexSc.Packaging.Tests.Packages;

/// <summary>
/// A folder of this repository's packages, and a place for projects that restore from it. Everything else they need was restored for the
/// tests already and is taken from there, so that neither a network nor a package of the same name from elsewhere counts.
/// </summary>
public sealed class PackageFeed : IDisposable
{
    /// <summary>The projects that make a package of their name, each after those it needs.</summary>
    public static readonly string[] Projects = ["FlexSc.Interop", "FlexSc.Akka", "FlexSc.Akka.Hosting", "FlexSc.Akka.Streams", "FlexSc.Tool"];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("flexsc-feed-");

    /// <summary>Packs what the tests have built.</summary>
    public PackageFeed()
    {
        string feed = _folder.CreateSubdirectory("feed").FullName;
        foreach (string project in Projects)
        {
            PackedProject packed = PackedProject.Of(project);
            File.WriteAllBytes(Path.Combine(feed, packed.FileName), packed.Content);
        }

        // Of the form "global-packages: /root/.nuget/packages/".
        string restored = Run(_folder.FullName, null, "nuget", "locals", "global-packages", "--list", "--force-english-output").Split(": ", 2)[1].Trim();
        File.WriteAllText(Path.Combine(_folder.FullName, "nuget.config"), $"""
            <configuration>
              <packageSources>
                <clear />
                <add key="feed" value="{SecurityElement.Escape(feed)}" />
                <add key="restored" value="{SecurityElement.Escape(restored)}" />
              </packageSources>
              <packageSourceMapping>
                <clear />
                <packageSource key="feed"><package pattern="FlexSc.*" /></packageSource>
                <packageSource key="restored"><package pattern="*" /></packageSource>
              </packageSourceMapping>
            </configuration>
            """);
    }

    /// <summary>A new folder below the configuration that knows the packages.</summary>
    public string NewFolder(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>Runs dotnet in a folder. What it restores stays in this place, for the packages have the same version every time.</summary>
    /// <exception cref="InvalidDataException">It failed; the text has what it printed.</exception>
    public string Dotnet(string folder, params string[] arguments) => Run(folder, Path.Combine(_folder.FullName, "packages"), arguments);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private static string Run(string folder, string? packages, params string[] arguments)
    {
        ProcessStartInfo start = new(Programs.Require("dotnet"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // No process of the build may stay behind.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        if (packages is not null)
        {
            start.Environment["NUGET_PACKAGES"] = packages;
        }

        using RunningProgram running = new(start);
        ProgramResult result = running.WaitForEnd(Limit);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidDataException($"dotnet {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Output}{result.Error}");
    }
}
