using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Builds;

/// <summary>Builds .NET programs from the working tree, or from another one, each once.</summary>
internal static class ProjectBuild
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);
    private static readonly Dictionary<string, string?> Failures = new(StringComparer.Ordinal);

    /// <summary>Whether to build at all; otherwise the release build that is there is run.</summary>
    public static bool Enabled { get; set; } = true;

    /// <summary>Builds one program in release and answers its file.</summary>
    /// <param name="project">Directory of the project, relative to the repository.</param>
    /// <param name="assembly">Name of the assembly; null for the directory's.</param>
    /// <param name="tree">Root of other sources than the working tree's.</param>
    /// <exception cref="MeasurementException">The build failed, now or before; the text has its last lines.</exception>
    public static string Build(string project, string? assembly = null, string? tree = null)
    {
        string name = Path.GetFileName(project);
        string directory = Path.Combine(tree ?? Repository.Root(), project);
        string program = Path.Combine(directory, "bin", "Release", "net10.0", $"{assembly ?? name}.dll");
        if (!Failures.TryGetValue(directory, out string? failure))
        {
            Failures[directory] = failure = Enabled ? FailureOfBuild(directory, name) : null;
        }

        return failure is not null ? throw new MeasurementException($"the build of {project} failed: {failure}")
            : File.Exists(program) ? program
            : throw new MeasurementException($"there is no {program}: run without --no-build");
    }

    private static string? FailureOfBuild(string directory, string name)
    {
        Progress.Write($"building {name}");

        // No build process may stay behind and compete with what is measured.
        string[] arguments =
        [
            "build", Path.Combine(directory, $"{name}.csproj"), "-c", "Release", "-v", "quiet", "-nologo",
            "-nodeReuse:false", "-p:UseSharedCompilation=false",
        ];
        ProgramResult result = Programs.Run(Programs.Require("dotnet"), arguments, BuildLimit);
        if (result.ExitCode == 0)
        {
            return null;
        }

        // MSBuild repeats each error in its summary.
        string[] errors = [.. result.Output.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Select(line => line.Trim()).Distinct()];
        return errors.Length > 0 ? string.Join("; ", errors) : $"{result.Output.Trim()} {result.Error.Trim()}";
    }
}
