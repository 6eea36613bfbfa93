using Xunit;

namespace FlexSc.Examples.Tests.Containers;

/// <summary>A control group for one test, with a quota of CPU time. It is removed when nobody is in it any more.</summary>
internal sealed class CpuGroup : IDisposable
{
    private const string UnifiedRoot = "/sys/fs/cgroup";
    private const string ControllerRoot = "/sys/fs/cgroup/cpu";
    private const int PeriodUs = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder;

    private CpuGroup(string folder) => _folder = folder;

    /// <summary>Who writes its number there is in the group.</summary>
    public string ProcessesFile => Path.Combine(_folder, "cgroup.procs");

    /// <summary>Makes one; skips the test, with the reason, where none can be made.</summary>
    /// <param name="cores">How many cores' time it has.</param>
    public static CpuGroup Create(double cores)
    {
        string quotaUs = $"{(int)(cores * PeriodUs)}";
        bool isUnified = File.Exists(Path.Combine(UnifiedRoot, "cgroup.controllers"));
        string root = isUnified ? UnifiedRoot : ControllerRoot;
        CpuGroup group = new(Path.Combine(root, $"flexsc-test-{Environment.ProcessId}"));
        try
        {
            Directory.CreateDirectory(group._folder);
            if (isUnified)
            {
                File.WriteAllText(Path.Combine(group._folder, "cpu.max"), $"{quotaUs} {PeriodUs}");
            }
            else
            {
                File.WriteAllText(Path.Combine(group._folder, "cpu.cfs_period_us"), $"{PeriodUs}");
                File.WriteAllText(Path.Combine(group._folder, "cpu.cfs_quota_us"), quotaUs);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            group.Dispose();
            Skip.If(true, $"no control group with a CPU quota can be made below {root}: {exception.Message}");
        }

        return group;
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
