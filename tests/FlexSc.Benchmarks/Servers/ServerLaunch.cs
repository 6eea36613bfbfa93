using System.Diagnostics;
using System.Globalization;
using FlexSc.Benchmarks.Setup;

namespace FlexSc.Benchmarks.Servers;

/// <summary>How a server process is started: on which core, with which environment.</summary>
internal static class ServerLaunch
{
    private const string RuntimePrefix = "DOTNET_";

    /// <summary>Settings of the runtime that every server gets; all others are the runtime's defaults.</summary>
    public static IReadOnlyDictionary<string, string> RuntimeSettings { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_gcServer"] = "0" };

    public static ProcessStartInfo Create(string program, IEnumerable<string> arguments, int? core)
    {
        List<string> command = [];
        if (Programs.Find("setpriv") is { } setpriv)
        {
            // The server dies with this program even if that is killed: the benchmark starts processes from its main thread only,
            // because the kernel sends the signal when the thread that started the process ends.
            command.AddRange([setpriv, "--pdeathsig", "KILL"]);
        }

        command.AddRange(Pinned(core));
        command.AddRange([Programs.Require("dotnet"), program, .. arguments]);
        ProcessStartInfo start = new(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        SetRuntime(start, RuntimeSettings);
        return start;
    }

    /// <summary>The words that keep the program after them on one core; none for a null core.</summary>
    public static IReadOnlyList<string> Pinned(int? core) => core is { } cpu
        ? [Programs.Require("taskset"), "-c", cpu.ToString(CultureInfo.InvariantCulture)]
        : [];

    /// <summary>Takes the caller's runtime settings away, except where the runtime is installed, and sets these.</summary>
    public static void SetRuntime(ProcessStartInfo start, IReadOnlyDictionary<string, string> settings)
    {
        string[] inherited = [.. start.Environment.Keys.Where(name =>
            name.StartsWith(RuntimePrefix, StringComparison.Ordinal) && !name.StartsWith("DOTNET_ROOT", StringComparison.Ordinal))];
        foreach (string name in inherited)
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }
    }
}
