using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Builds;

/// <summary>Compiles the C peers by the system's compiler, each once, outside of the working tree.</summary>
internal static class NativeBuild
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly Dictionary<string, string> Built = new(StringComparer.Ordinal);

    /// <param name="source">The file below tests/peers/native/ without its ending.</param>
    /// <exception cref="MeasurementException">There is no compiler, or it refused the source: a kernel's headers may be too old.</exception>
    public static string Build(string source) => BuildFile(Path.Combine("tests", "peers", "native", $"{source}.c"));

    /// <param name="path">Of the source, in the repository.</param>
    /// <exception cref="MeasurementException">There is no compiler, or it refused the source: a kernel's headers may be too old.</exception>
    public static string BuildFile(string path)
    {
        string source = Path.GetFileNameWithoutExtension(path);
        if (Built.TryGetValue(source, out string? known))
        {
            return known;
        }

        string compiler = Packages.Require("gcc");
        string directory = ScratchDirectory.Create("native");
        string program = Path.Combine(directory, source);
        string file = Path.Combine(Repository.Root(), path);
        ProgramResult result = Programs.Run(compiler, ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", program, file, "-pthread"], Limit);
        if (result.ExitCode != 0)
        {
            throw new MeasurementException($"{source}.c does not compile: {result.Error.Trim().Split('\n')[0]}");
        }

        return Built[source] = program;
    }
}
