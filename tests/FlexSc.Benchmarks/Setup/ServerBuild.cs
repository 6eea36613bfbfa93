namespace FlexSc.Benchmarks.Setup;

/// <summary>Finds the repository, and builds the example services from its working tree.</summary>
internal static class ServerBuild
{
    private const string SolutionFile = "FlexScAkka.sln";
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);

    /// <exception cref="BenchmarkException">This program does not lie below the repository.</exception>
    public static string RepositoryRoot()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, SolutionFile)))
            {
                return directory.FullName;
            }
        }

        throw new BenchmarkException($"no {SolutionFile} above {AppContext.BaseDirectory}: run this program from its build directory in the repository");
    }

    /// <summary>Builds one example in release and answers its program file.</summary>
    /// <exception cref="BenchmarkException">The build failed; the text has its last lines.</exception>
    public static string Build(string example, bool build)
    {
        string directory = Path.Combine(RepositoryRoot(), "examples", example);
        string program = Path.Combine(directory, "bin", "Release", "net10.0", $"{example}.dll");
        if (build)
        {
            // No build process may stay behind and compete with what is measured.
            string[] arguments =
            [
                "build", Path.Combine(directory, $"{example}.csproj"), "-c", "Release", "-v", "quiet", "-nologo",
                "-nodeReuse:false", "-p:UseSharedCompilation=false",
            ];
            ProgramResult result = Programs.Run(Programs.Require("dotnet"), arguments, BuildLimit);
            if (result.ExitCode != 0)
            {
                throw new BenchmarkException($"the build of {example} failed:\n{result.Output.Trim()}\n{result.Error.Trim()}");
            }
        }

        return File.Exists(program) ? program : throw new BenchmarkException($"there is no {program}: run without --no-build");
    }
}
