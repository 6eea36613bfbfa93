using System.Text.Json;
using FlexSc.Interop.Capabilities;
using FlexSc.Interop.Page;
using FlexSc.Interop.Tests.Native;
using Xunit;

namespace FlexSc.Interop.Tests.Capabilities;

/// <summary>Runs <c>flexsc probe</c> as a program of its own.</summary>
public sealed class ProbeToolTests
{
    private const int ExitRuns = 0;
    private const int ExitCannotRun = 1;
    private const int ExitBadUsage = 2;
    private const string SetPrivileges = "/usr/bin/setpriv";
    private const string SetLimits = "/usr/bin/prlimit";

    [Theory]
    [InlineData("auto")]
    [InlineData("io-uring")]
    [InlineData("syscall-threads")]
    [InlineData("kernel-module")]
    public async Task Exit_code_and_choice_are_those_of_the_library(string backend)
    {
        ProgramResult result = await NativeProgram.RunAsync(Tool("probe", "--backend", backend, "--json"));
        JsonElement report = JsonDocument.Parse(result.Output).RootElement;
        string? expected = ChoiceHere(backend);
        Assert.Equal(expected, report.GetProperty("chosen").GetString());
        Assert.Equal(backend, report.GetProperty("requested").GetString());
        Assert.Equal(expected is null ? ExitCannotRun : ExitRuns, result.ExitCode);
        Assert.Equal("", result.Error);
        Assert.Equal(
            CpuTopology.Read().Cores.Select(core => (core.Number, core.PhysicalCore, core.Node)),
            report.GetProperty("cores").EnumerateArray().Select(core =>
                (core.GetProperty("number").GetInt32(), core.GetProperty("physicalCore").GetInt32(), core.GetProperty("numaNode").GetInt32())));
    }

    [Fact]
    public async Task The_report_names_limits_features_and_the_choice()
    {
        ProgramResult result = await NativeProgram.RunAsync(Tool("probe"));
        Assert.Equal(ExitRuns, result.ExitCode);
        CpuCore core = CpuTopology.Read().Cores[0];
        string[] expected =
        [
            "NUMA node", core.Caches.Count > 0 ? $"L{core.Caches[^1].Level} {core.Caches[^1].Bytes / 1024} KiB" : "caches of a core",
            File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), "RLIMIT_MEMLOCK", "RLIMIT_NOFILE", "cores allowed (affinity)", "CPU quota (cgroup)",
            "DEFER_TASKRUN", "provided buffer ring", "multishot receive", "SQPOLL", "/dev/flexsc",
            $"backend: {ChoiceHere("auto")} (asked for: auto): ",
        ];
        Assert.All(expected, text => Assert.Contains(text, result.Output, StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("EPERM")]
    [InlineData("ENOSYS")]
    public async Task Without_io_uring_auto_falls_back_and_still_names_the_remedy(string errorName)
    {
        ProgramResult result = await NativeProgram.RunAsync(DenyIoUring.Wrap(errorName, Tool("probe")));
        Assert.Equal(ExitRuns, result.ExitCode);
        Assert.Contains("backend: syscall-threads (asked for: auto)", result.Output, StringComparison.Ordinal);
        Assert.Contains($"io_uring_setup answered {errorName}", result.Output, StringComparison.Ordinal);
        string remedy = result.Output.Split('\n').First(line => line.StartsWith("remedy for io_uring", StringComparison.Ordinal));
        Assert.Contains("seccomp", remedy, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_io_uring_a_forced_one_fails_and_syscall_threads_run()
    {
        ProgramResult forced = await NativeProgram.RunAsync(DenyIoUring.Wrap("EPERM", Tool("probe", "--backend", "io-uring", "--json")));
        Assert.Equal(ExitCannotRun, forced.ExitCode);
        JsonElement report = JsonDocument.Parse(forced.Output).RootElement;
        Assert.False(report.GetProperty("canRun").GetBoolean());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("chosen").ValueKind);
        Assert.Equal(2, report.GetProperty("host").GetProperty("seccompMode").GetInt32());
        JsonElement setup = report.GetProperty("findings")[0];
        Assert.Equal("io_uring_setup", setup.GetProperty("call").GetString());
        Assert.Equal(MadeUpHosts.ErrnoNotPermitted, setup.GetProperty("errorNumber").GetInt32());
        Assert.Contains("seccomp", setup.GetProperty("remedy").GetString(), StringComparison.Ordinal);

        ProgramResult threads = await NativeProgram.RunAsync(DenyIoUring.Wrap("EPERM", Tool("probe", "--backend", "syscall-threads")));
        Assert.Equal(ExitRuns, threads.ExitCode);
        Assert.Contains("backend: syscall-threads (asked for: syscall-threads)", threads.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Too_little_locked_memory_is_told_with_the_limit_and_the_need()
    {
        Skip.IfNot(File.Exists(SetLimits), "prlimit is not installed: install util-linux");
        HostCapabilities host = HostCapabilities.Read();
        Skip.If(host.IoUring.SetupError != 0, $"io_uring cannot be set up here: errno {host.IoUring.SetupError}");
        Skip.If(host.HasIpcLock == true && !File.Exists(SetPrivileges), "setpriv is not installed: install util-linux");
        string[] withoutCapability = host.HasIpcLock == true ? [SetPrivileges, "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"] : [];
        ProgramResult result = await NativeProgram.RunAsync([SetLimits, "--memlock=65536:65536", .. withoutCapability, .. Tool("probe")]);

        Assert.Equal(ExitRuns, result.ExitCode);
        Assert.Contains("backend: syscall-threads (asked for: auto)", result.Output, StringComparison.Ordinal);
        Assert.Contains("io_uring_setup answered ENOMEM", result.Output, StringComparison.Ordinal);
        string remedy = result.Output.Split('\n').First(line => line.StartsWith("remedy for io_uring", StringComparison.Ordinal));
        Assert.Contains("RLIMIT_MEMLOCK is 64 KiB", remedy, StringComparison.Ordinal);
        Assert.Contains($"need {host.IoUring.RingBytes / 1024} KiB", remedy, StringComparison.Ordinal);
        Assert.Contains("ulimit -l", remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("probe --backend kernel")]
    [InlineData("probe --backend")]
    [InlineData("probe surplus")]
    [InlineData("unknown")]
    [InlineData("")]
    public async Task Wrong_usage_exits_with_two_and_says_why(string arguments)
    {
        ProgramResult result = await NativeProgram.RunAsync(Tool(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(ExitBadUsage, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Output);
    }

    private static string? ChoiceHere(string backend)
    {
        try
        {
            return SyscallBackendKinds.Format(BackendSelector.Choose(SyscallBackendKinds.Parse(backend), HostCapabilities.Read()).Chosen);
        }
        catch (BackendUnavailableException)
        {
            return null;
        }
    }

    private static string[] Tool(params string[] arguments) => ["dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "flexsc.dll"), .. arguments];
}
