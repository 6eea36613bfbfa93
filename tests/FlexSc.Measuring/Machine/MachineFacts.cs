using System.Runtime.InteropServices;
using FlexSc.Measuring.Builds;
using FlexSc.Measuring.Processes;

namespace FlexSc.Measuring.Machine;

/// <summary>What a figure depends on besides the code: recorded with every run.</summary>
internal sealed record MachineFacts(
    string CpuModel,
    int Cores,
    IReadOnlyList<int> UsableCores,
    string Kernel,
    string DotnetRuntime,
    string DotnetSdk,
    string Commit,
    bool? UncommittedChanges)
{
    private const string Unknown = "unknown";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static MachineFacts Read()
    {
        string root = Repository.FindRoot() ?? AppContext.BaseDirectory;
        string status = Ask("git", "-C", root, "status", "--porcelain");
        return new MachineFacts(
            ReadCpuModel(),
            ProcessorCores.Online().Count,
            ProcessorCores.Usable(),
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
            RuntimeInformation.FrameworkDescription,
            FirstLine(Ask("dotnet", "--version")),
            FirstLine(Ask("git", "-C", root, "rev-parse", "HEAD")),
            status == Unknown ? null : status.Length > 0);
    }

    private static string ReadCpuModel() => File.ReadLines("/proc/cpuinfo")
        .Where(line => line.StartsWith("model name", StringComparison.Ordinal))
        .Select(line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim())
        .FirstOrDefault(Unknown);

    private static string Ask(string program, params string[] arguments)
    {
        if (Programs.Find(program) is not { } path)
        {
            return Unknown;
        }

        ProgramResult result = Programs.Run(path, arguments, Limit);
        return result.ExitCode != 0 ? Unknown : result.Output;
    }

    private static string FirstLine(string text) => text.Split('\n')[0].Trim();
}
