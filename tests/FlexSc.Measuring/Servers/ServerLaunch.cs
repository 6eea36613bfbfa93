using System.Diagnostics;
using System.Globalization;
using FlexSc.Measuring.Machine;
using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Servers;

/// <summary>How a server process is started: on which core, with which environment.</summary>
internal static class ServerLaunch
{
    private const string RuntimePrefix = "DOTNET_";

    /// <summary>Settings of the runtime that every server gets; all others are the runtime's defaults.</summary>
    public static IReadOnlyDictionary<string, string> RuntimeSettings { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal) { ["DOTNET_gcServer"] = "0" };

    /// <summary>A .NET program on these cores.</summary>
    /// <param name="environment">Settings beside <see cref="RuntimeSettings"/>.</param>
    public static ProcessStartInfo Dotnet(
        string program, IEnumerable<string> arguments, IReadOnlyList<int>? cpus, IReadOnlyDictionary<string, string>? environment = null)
    {
        ProcessStartInfo start = Create([Programs.Require("dotnet"), program, .. arguments], cpus);
        SetRuntime(start, RuntimeSettings);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return start;
    }

    /// <summary>Any program on these cores; null leaves it to the scheduler.</summary>
    public static ProcessStartInfo Create(IReadOnlyList<string> program, IReadOnlyList<int>? cpus)
    {
        List<string> command = [];
        if (Programs.Find("setpriv") is { } setpriv)
        {
            // The server dies with this program even if that is killed: the benchmark starts processes from its main thread only,
            // because the kernel sends the signal when the thread that started the process ends.
            command.AddRange([setpriv, "--pdeathsig", "KILL"]);
        }

        return Redirected([.. command, .. Pinned(cpus), .. program]);
    }

    /// <summary>A program as it is, for <see cref="ServerProcess"/>.</summary>
    public static ProcessStartInfo Redirected(IReadOnlyList<string> command) => new(command[0], command.Skip(1))
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    /// <summary>The words that keep the program after them on one core; null leaves it to the scheduler.</summary>
    public static IReadOnlyList<string> Pinned(int? core) => Pinned(core is { } cpu ? [cpu] : null);

    /// <summary>The words that keep the program after them on these cores; null leaves it to the scheduler, on all that this process had.</summary>
    public static IReadOnlyList<string> Pinned(IReadOnlyList<int>? cpus) => (cpus ?? ProcessorCores.BeforePinning) is { Count: > 0 } some
        ? [Programs.Require("taskset"), "-c", string.Join(',', some.Select(cpu => cpu.ToString(CultureInfo.InvariantCulture)))]
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
