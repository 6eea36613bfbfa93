using Xunit;

namespace FlexSc.Packaging.Tests.Containers;

/// <summary>A control group for one test, with a quota of CPU time. It is removed when nobody is in it any more.</summary>
internal sealed class CpuGroup : IDisposable
{
    private const string UnifiedRoot = "/sys/fs/cgroup";
    private const string ControllerRoot = "/sys/fs/cgroup/cpu";
    private const int PeriodUs = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder;

    private readonly bool _isUnified;

    private CpuGroup(string folder, bool isUnified)
    {
        _folder = folder;
        _isUnified = isUnified;
    }

    /// <summary>Who writes its number there is in the group.</summary>
    public string ProcessesFile => Path.Combine(_folder, "cgroup.procs");

    /// <summary>Makes one; skips the test, with the reason, where none can be made.</summary>
    /// <param name="cores">How many cores' time it has; null for no limit.</param>
    public static CpuGroup Create(double? cores)
    {
        bool isUnified = File.Exists(Path.Combine(UnifiedRoot, "cgroup.controllers"));
        string root = isUnified ? UnifiedRoot : ControllerRoot;
        CpuGroup group = new(Path.Combine(root, $"flexsc-test-{Environment.ProcessId}"), isUnified);
        try
        {
            Directory.CreateDirectory(group._folder);
            group.SetCores(cores);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            Skip.If(true, $"no control group with a CPU quota can be made below {root}: {exception.Message}");
        }

        return group;
    }

    /// <summary>Takes a process that runs into the group.</summary>
    public void Add(int processId) => File.WriteAllText(ProcessesFile, $"{processId}");

    /// <summary>Cores' worth of CPU time; null for no limit. See cgroups(7) for both versions.</summary>
    public void SetCores(double? cores)
    {
        string? quotaUs = cores is double some ? $"{(int)(some * PeriodUs)}" : null;
        if (_isUnified)
        {
            File.WriteAllText(Path.Combine(_folder, "cpu.max"), $"{quotaUs ?? "max"} {PeriodUs}");
        }
        else
        {
            File.WriteAllText(Path.Combine(_folder, "cpu.cfs_period_us"), $"{PeriodUs}");
            File.WriteAllText(Path.Combine(_folder, "cpu.cfs_quota_us"), quotaUs ?? "-1");
        }
    }

    public void Dispose()
    {
        if (!Directory.Exists(_folder))
        {
            return;
        }

        // A process that has just been killed is in its group until it is reaped.
        bool isEmpty = !File.Exists(ProcessesFile) || SpinWait.SpinUntil(() => File.ReadAllText(ProcessesFile).Length == 0, Patience);
        Assert.True(isEmpty, $"somebody is left in {_folder}");
        Directory.Delete(_folder);
    }
}
