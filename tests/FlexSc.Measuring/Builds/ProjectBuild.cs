using System.Runtime.InteropServices;
using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Builds;

/// <summary>Builds .NET programs from the working tree, or from another one, each once.</summary>
internal static class ProjectBuild
{
    private static readonly TimeSpan BuildLimit = TimeSpan.FromMinutes(5);
    private static readonly Dictionary<string, string?> Failures = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, string> Published = new(StringComparer.Ordinal);

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
            Failures[directory] = failure = Enabled ? FailureOf("build", directory, name) : null;
        }

        return failure is not null ? throw new MeasurementException($"the build of {project} failed: {failure}")
            : File.Exists(program) ? program
            : throw new MeasurementException($"there is no {program}: run without --no-build");
    }

    /// <summary>Publishes one program with its code compiled beforehand, into a folder that goes when this program does.</summary>
    /// <param name="project">Directory of the project, relative to the repository.</param>
    /// <returns>Its file.</returns>
    /// <exception cref="MeasurementException">It failed; the text has its last lines.</exception>
    public static string PublishReadyToRun(string project)
    {
        if (Published.TryGetValue(project, out string? known))
        {
            return known;
        }

        string name = Path.GetFileName(project);
        string folder = ScratchDirectory.Create("ready-to-run");
        string architecture = RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();

        // In folders of its own: what lies in obj belongs to the build without a runtime identifier.
        string? failure = FailureOf(
            "publish", Path.Combine(Repository.Root(), project), name, "-r", $"linux-{architecture}", "--no-self-contained",
            "-p:PublishReadyToRun=true", "--artifacts-path", Path.Combine(folder, "build"), "-o", Path.Combine(folder, "program"));
        return failure is null
            ? Published[project] = Path.Combine(folder, "program", $"{name}.dll")
            : throw new MeasurementException($"{project} cannot be published with ReadyToRun: {failure}");
    }

    private static string? FailureOf(string command, string directory, string name, params string[] more)
    {
        Progress.Write(command == "build" ? $"building {name}" : $"publishing {name}");

        // No build process may stay behind and compete with what is measured.
        string[] arguments =
        [
            command, Path.Combine(directory, $"{name}.csproj"), "-c", "Release", "-v", "quiet", "-nologo",
            "-nodeReuse:false", "-p:UseSharedCompilation=false", .. more,
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
