namespace FlexSc.Measuring.Processes;

/// <summary>Programs of other people: found, or installed from Debian's packages when this runs as root.</summary>
internal static class Packages
{
    private const string PolicyFile = "/usr/sbin/policy-rc.d";
    private static readonly TimeSpan InstallLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan VersionLimit = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<string, string?> Refusals = new(StringComparer.Ordinal);
    private static readonly Dictionary<string, string> Versions = new(StringComparer.Ordinal);
    private static bool _listsAreFresh;

    private static readonly Dictionary<string, (string Package, string[] VersionArguments)> Known = new(StringComparer.Ordinal)
    {
        ["nginx"] = ("nginx-light", ["-v"]),
        ["memcached"] = ("memcached", ["-V"]),
        ["redis-server"] = ("redis-server", ["--version"]),
        ["wrk"] = ("wrk", ["--version"]),
        ["ab"] = ("apache2-utils", ["-V"]),
        ["perf"] = ("linux-perf", ["--version"]),
        ["valgrind"] = ("valgrind", ["--version"]),
        ["fio"] = ("fio", ["--version"]),
        ["gcc"] = ("gcc libc6-dev linux-libc-dev", ["--version"]),
    };

    /// <summary>Whether missing packages may be installed.</summary>
    public static bool InstallEnabled { get; set; } = true;

    /// <summary>Versions of all programs that were asked for so far.</summary>
    public static IReadOnlyDictionary<string, string> VersionsSeen => Versions;

    /// <summary>The program's path.</summary>
    /// <exception cref="MeasurementException">It is not there and cannot be installed; the text says why and what to do.</exception>
    public static string Require(string program)
    {
        if (Programs.Find(program) is null && !Refusals.ContainsKey(program))
        {
            Refusals[program] = Install(Known[program].Package);
        }

        if (Programs.Find(program) is not { } path)
        {
            throw new MeasurementException($"{program} is not installed (apt-get install {Known[program].Package}){Reason(program)}");
        }

        _ = VersionOf(program);
        return path;
    }

    /// <summary>What the program says about its version; empty when it is not there.</summary>
    public static string VersionOf(string program)
    {
        if (Versions.TryGetValue(program, out string? known))
        {
            return known;
        }

        if (Programs.Find(program) is not { } path)
        {
            return "";
        }

        // Some print it on standard error, wrk with exit code 1.
        ProgramResult result = Programs.Run(path, Known[program].VersionArguments, VersionLimit);
        return Versions[program] = $"{result.Output}\n{result.Error}".Split('\n', StringSplitOptions.RemoveEmptyEntries)[0].Trim();
    }

    private static string Reason(string program) => Refusals[program] is { } reason ? $": {reason}" : "";

    private static string? Install(string package)
    {
        if (!InstallEnabled)
        {
            return "--no-install was given";
        }

        if (!Environment.IsPrivilegedProcess || Programs.Find("apt-get") is not { } apt)
        {
            return "only root can install it, and only with apt-get";
        }

        Progress.Write($"installing {package}");
        bool policyIsOurs = ForbidServices();
        try
        {
            if (!_listsAreFresh)
            {
                _ = Apt(apt, "update", "-qq");
                _listsAreFresh = true;
            }

            ProgramResult result = Apt(apt, ["install", "-y", "-qq", "--no-install-recommends", .. package.Split(' ')]);
            return result.ExitCode == 0 ? null : result.Error.Trim().Split('\n')[^1];
        }
        catch (MeasurementException failure)
        {
            return failure.Message;
        }
        finally
        {
            if (policyIsOurs)
            {
                File.Delete(PolicyFile);
            }
        }
    }

    private static ProgramResult Apt(string apt, params string[] arguments) =>
        Programs.Run("env", ["DEBIAN_FRONTEND=noninteractive", apt, .. arguments], InstallLimit);

    // A server package starts its service when it is installed, unless this file forbids it (invoke-rc.d(8)).
    private static bool ForbidServices()
    {
        if (File.Exists(PolicyFile))
        {
            return false;
        }

        const UnixFileMode readAndRun = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead
            | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.WriteAllText(PolicyFile, "#!/bin/sh\nexit 101\n");
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(PolicyFile, readAndRun | UnixFileMode.UserWrite);
        }

        return true;
    }
}
