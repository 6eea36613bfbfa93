namespace FlexSc.Measuring.Processes;

/// <summary>Other programs: where they are, which package brings them, and a bounded run of one.</summary>
internal static class Programs
{
    private static readonly Dictionary<string, string> PackageOf = new(StringComparer.Ordinal)
    {
        ["strace"] = "strace",
        ["taskset"] = "util-linux",
        ["setpriv"] = "util-linux",
        ["prlimit"] = "util-linux",
        ["chrt"] = "util-linux",
        ["sh"] = "dash",
        ["git"] = "git",
        ["dotnet"] = "dotnet-sdk-10.0",
    };

    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(directory => Path.Combine(directory, name))
        .FirstOrDefault(File.Exists);

    /// <summary>The program's path.</summary>
    /// <exception cref="MeasurementException">It is not installed; the text names the package.</exception>
    public static string Require(string name) => Find(name)
        ?? throw new MeasurementException($"{name} is not installed: apt-get install {PackageOf[name]}");

    /// <summary>Runs a program to its end and collects what it writes.</summary>
    /// <exception cref="MeasurementException">It did not end in time, and was killed.</exception>
    public static ProgramResult Run(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        using RunningProgram running = new([program, .. arguments]);
        return running.WaitForEnd(limit);
    }
}

/// <summary>Exit code and output of a program that has ended.</summary>
internal sealed record ProgramResult(int ExitCode, string Output, string Error);
