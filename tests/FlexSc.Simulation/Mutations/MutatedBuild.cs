using System.Diagnostics;
using FlexSc.Simulation.Worlds;

namespace FlexSc.Simulation.Mutations;

/// <summary>
/// A build of the sources with every mutation in them, each behind a switch that the environment sets. It is made of a copy, so that
/// the sources themselves carry none.
/// </summary>
internal sealed class MutatedBuild : IDisposable
{
    public const string Switch = "FLEXSC_MUTATION";

    private const string SwitchSource = """
        namespace FlexSc.Interop;

        public static class ActiveMutation
        {
            private static readonly string? s_name = System.Environment.GetEnvironmentVariable("FLEXSC_MUTATION");

            public static bool Is(string name) => s_name == name;
        }
        """;

    private static readonly string[] CopiedFolders = ["FlexSc.Interop", "FlexSc.Akka", "FlexSc.Akka.Hosting", "docs/icon", "examples", "tests/FlexSc.Simulation"];
    private static readonly string[] GeneratedFolders = ["bin", "obj"];

    private readonly string _root;

    private MutatedBuild(string root) => _root = root;

    /// <summary>The folder that the solution is in.</summary>
    /// <exception cref="SimulationFailure">The program runs apart from its sources.</exception>
    public static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "FlexScAkka.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new SimulationFailure($"no sources above {AppContext.BaseDirectory}: run it from the repository");
    }

    /// <summary>Puts the mutations into a source; each text must be there once.</summary>
    /// <exception cref="SimulationFailure">The source has changed and a mutation does not fit.</exception>
    public static string Mutate(string source, Mutation mutation)
    {
        int first = source.IndexOf(mutation.Original, StringComparison.Ordinal);
        if (first < 0 || source.IndexOf(mutation.Original, first + 1, StringComparison.Ordinal) >= 0)
        {
            throw new SimulationFailure($"mutation {mutation.Name}: its text is not once in {mutation.File}");
        }

        string replacement = mutation.Replacement.Replace("MUTATED", $"global::FlexSc.Interop.ActiveMutation.Is(\"{mutation.Name}\")", StringComparison.Ordinal);
        return string.Concat(source.AsSpan(0, first), replacement, source.AsSpan(first + mutation.Original.Length));
    }

    public static MutatedBuild Make(string repository)
    {
        MutatedBuild build = new(Directory.CreateTempSubdirectory("flexsc-mutations-").FullName);
        try
        {
            build.CopySources(repository);
            foreach (IGrouping<string, Mutation> file in Mutation.All.GroupBy(mutation => mutation.File))
            {
                string path = Path.Combine(build._root, file.Key);
                File.WriteAllText(path, file.Aggregate(File.ReadAllText(path), Mutate));
            }

            File.WriteAllText(Path.Combine(build._root, "FlexSc.Interop", "ActiveMutation.cs"), SwitchSource);

            // The form of the changed lines is nobody's concern.
            (int exitCode, string output) = Start(
                "dotnet", null, "build", "-c", "Release", "-v", "quiet", "-p:EnforceCodeStyleInBuild=false", "-p:TreatWarningsAsErrors=false",
                Path.Combine(build._root, "tests/FlexSc.Simulation"));
            return exitCode == 0 ? build : throw new SimulationFailure($"the mutated sources do not build:\n{output}");
        }
        catch
        {
            build.Dispose();
            throw;
        }
    }

    /// <summary>Runs seeds with one mutation switched on; null for none, with programs by the seeds.</summary>
    public string Run(Mutation? mutation, int runs)
    {
        string[] arguments = [Path.Combine(_root, "tests/FlexSc.Simulation/bin/Release/net10.0/FlexSc.Simulation.dll"), "--runs", $"{runs}", "--stop-at-first"];
        return Start("dotnet", mutation?.Name, mutation is null ? arguments : [.. arguments, "--program", mutation.Program]).Output;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static (int ExitCode, string Output) Start(string file, string? mutation, params string[] arguments)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true };
        start.Environment[Switch] = mutation ?? "";
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private void CopySources(string repository)
    {
        // Packages take their release notes from the changelog, whether or not they are made.
        string[] others = ["global.json", "CHANGELOG.md"];
        foreach (string file in Directory.GetFiles(repository, "*.props").Concat(others.Select(name => Path.Combine(repository, name))))
        {
            File.Copy(file, Path.Combine(_root, Path.GetFileName(file)));
        }

        foreach (string folder in CopiedFolders)
        {
            Copy(new DirectoryInfo(Path.Combine(repository, folder)), Path.Combine(_root, folder));
        }
    }

    private static void Copy(DirectoryInfo source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (FileInfo file in source.GetFiles())
        {
            file.CopyTo(Path.Combine(target, file.Name));
        }

        foreach (DirectoryInfo folder in source.GetDirectories().Where(folder => !GeneratedFolders.Contains(folder.Name)))
        {
            Copy(folder, Path.Combine(target, folder.Name));
        }
    }
}
