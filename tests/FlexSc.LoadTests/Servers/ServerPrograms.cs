using System.Diagnostics;
using FlexSc.LoadTests.Report;
using FlexSc.LoadTests.Scenarios.Model;

namespace FlexSc.LoadTests.Servers;

/// <summary>Where the example services are, and how they are built.</summary>
internal static class ServerPrograms
{
    private const string SolutionFile = "FlexScAkka.sln";
    private const int LastLines = 20;
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);

    public static string NameOf(ServerKind kind) => kind switch
    {
        ServerKind.Http => "HttpServer",
        ServerKind.KeyValue => "KvServer",
        _ => "QuickStart",
    };

    /// <summary>The service's program from this repository, in release.</summary>
    /// <param name="kind">Which service.</param>
    /// <param name="build">Whether to build it first.</param>
    /// <exception cref="LoadTestException">The build failed, or there is no program.</exception>
    public static string Provide(ServerKind kind, bool build)
    {
        string name = NameOf(kind);
        string directory = Path.Combine(RepositoryRoot(), "examples", name);
        string program = Path.Combine(directory, "bin", "Release", "net10.0", $"{name}.dll");
        if (build)
        {
            Progress.Write($"building examples/{name}");
            Build(Path.Combine(directory, $"{name}.csproj"));
        }

        return File.Exists(program) ? program : throw new LoadTestException($"there is no {program}: run without --no-build");
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, SolutionFile)))
            {
                return directory.FullName;
            }
        }

        throw new LoadTestException($"no {SolutionFile} above {AppContext.BaseDirectory}: run this program from its build directory in the repository");
    }

    private static void Build(string project)
    {
        // No build process may stay behind and compete with what is loaded.
        string[] arguments = ["build", project, "-c", "Release", "-v", "quiet", "-nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false"];
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })
            ?? throw new LoadTestException("dotnet did not start: is the SDK on the PATH?");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(BuildLimit))
        {
            process.Kill(entireProcessTree: true);
            throw new LoadTestException($"the build of {project} did not end within {BuildLimit.TotalMinutes:0} minutes");
        }

        if (process.ExitCode != 0)
        {
            throw new LoadTestException($"the build of {project} failed:\n{string.Join('\n', output.Result.Trim().Split('\n').TakeLast(LastLines))}");
        }
    }
}
